"""Applications to host of the demo that nobody has decided yet: new, looked at, on hold."""

from webapp.demo.data.host_plan import ADMIN, SUPPORT, HostPlan, Step
from webapp.demo.data.host_words import LONG_ANSWERS, answers_for

NEW = (
    HostPlan(
        "krakow",
        "Krakow",
        "Poland",
        3,
        205,
        (
            ("jan.wojcik@example.com", "Jan Wójcik"),
            ("kinga.sikora@example.com", "Kinga Sikora"),
        ),
        answers=answers_for("Krakow", "the coworking space at Zabłocie"),
        is_month=False,
    ),
    HostPlan(
        "beijing",
        "北京",
        "CN",
        1.4,
        140,
        (("wang.xiaoming@example.net", "王小明"), ("li.na@example.net", "李娜")),
        answers=answers_for("北京", "a classroom of the university, for 40 people"),
        locale="zh_TW",
    ),
    HostPlan(
        "quito",
        "Quito",
        "EC",
        2.2,
        130,
        (("lucia.paredes@gmial.example", "Lucía Paredes"),),  # the typo is the point: nothing arrives
        answers=answers_for("Quito", "the public library at La Floresta"),
        locale="es",
    ),
    HostPlan(
        "munchen",
        "München",
        "Germany",
        5,
        175,
        (("jutta.moosbach@example.org", "Jutta Moosbach"), ("info@münchen.example", "Zoë 🌻 Vermeulen")),
        answers=answers_for("München", "a brewery that is closed on Mondays"),
        is_month=True,
    ),
    HostPlan(
        "mexico",
        "Ciudad de México",
        "MX",
        0.3,
        160,
        (
            ("fernanda.ibarra@example.org", "Fernanda Ibarra Ñúñez"),
            ("xochitl.reyes@example.org", "Xóchitl Reyes"),
            ("tonantzin.ortega@example.com", "Tonantzin Ortega"),
            ("diego.arriaga@example.com", "Diego Arriaga"),
            ("mari.jose.lozano@example.net", "María José Lozano"),
            ("itzel.cano@example.net", "Itzel Cano"),
            ("guadalupe.solis@example.org", "Guadalupe Solís"),
            ("ximena.duarte@example.org", "Ximena Duarte"),
            ("oneill.darcy@example.com", "O’Neill-D'Arcy, Siobhán"),
            ("ruben.zepeda@example.com", "Rubén Zepeda"),
        ),
        answers=answers_for("Ciudad de México", "two floors of the Centro de Cultura Digital"),
        locale="es",
    ),
    HostPlan(
        "hanoi",
        "Hà Nội",
        "VN",
        18,  # longer than anybody should wait
        125,
        (("anh.tuyet@example.org", "Nguyễn Thị Ánh Tuyết"), ("minh.chau@example.org", "Trần Minh Châu")),
        answers=LONG_ANSWERS,
    ),
)

REVIEWED = (
    HostPlan(
        "krakow-first",
        "Kraków",
        "PL",
        9,
        170,  # five weeks before the other one
        (
            ("zazolc.geslajaznska@example.org", "Zażółć Gęślą-Jaźńska"),
            ("ewa.wozniak@example.org", "Ewa Woźniak"),
            ("stanislaw.zak@example.org", "Stanisław Żak"),
        ),
        (Step(7, "move_to_review"), Step(7, "assign", SUPPORT)),
        answers_for("Kraków", "the old brewery, where the last one was", coaches="Twelve have said yes."),
        "pl",
    ),
    HostPlan(
        "lodz",
        "Lodz",
        "Poland",
        12,
        165,
        (("katarzyna.mazur@example.org", "Katarzyna Mazur"),),  # besides the two of Łódź #2
        (
            Step(10, "move_to_review"),
            Step(10, "assign", SUPPORT),
            Step(8, "comment", "The team of Łódź #2 again; they keep their mailbox if we accept."),
        ),
        {
            "venue": "The same as last time: the weaving mill at Piotrkowska.",
            "coaches": "Nine of our eleven coaches come again.",
            "sponsorship": "The city pays for lunch, a bookshop for the books.",
        },
        "pl",
        claimed="lodz-2",
    ),
    HostPlan(
        "nairobi",
        "Nairobi",
        "KE",
        6,
        230,
        (
            ("achieng.otieno@example.com", "Achieng Otieno"),
            ("samuel.kiprop@example.com", "Samuel Kiprop"),
            ("wanjiku.njoroge@example.com", "Wanjiku Njoroge"),
        ),
        (
            Step(4, "move_to_review", by=ADMIN),
            Step(3.5, "comment", "Nobody of them organized #2: the old mailbox moves, they get a new one."),
        ),
        answers_for("Nairobi", "an innovation hub on Ngong Road"),
    ),
    HostPlan(
        "manila",
        "Manila",
        "PH",
        11,
        150,
        (("ramon.dalisay@example.net", "Ramón Dalisay"), ("tala.reyes@example.net", "Tala Reyes")),
        (Step(9, "move_to_review"), Step(9, "assign", ADMIN)),
        answers_for("Manila", "a hotel's ballroom"),
    ),
)

HELD = (
    HostPlan(
        "kampala",
        "Kampala",
        "UG",
        24,
        155,
        (("amina.nakato@example.org", "Amina Nakato"), ("grace.apio@example.org", "Grace Apio")),
        (
            Step(22, "move_to_review"),
            Step(21, "comment", "A strong team. Who is the venue from? The name appears nowhere."),
            Step(
                20,
                "comment",
                "I asked them. It belongs to the father of one organizer, and it is free of charge.",
                ADMIN,
            ),
            Step(19, "put_on_hold", "We wait for the owner's written yes; they expect it within two weeks."),
            Step(6, "comment", "Wrote again: the paper is at the lawyer's. Still on hold."),
        ),
        answers_for("Kampala", "a community hall in Ntinda"),
    ),
    HostPlan(
        "wellington",
        "Te Whanganui-a-Tara Wellington",
        "NZ",
        16,
        190,
        (("kaonohi.kealii@example.com", "Ka‘ōnohi Keali‘i"), ("aroha.parata@example.com", "Aroha Parata")),
        (Step(13, "put_on_hold", "Remote: we wait for their choice of a tool that works with slow lines."),),
        answers_for("Wellington", "", tools="Jitsi, and the telephone for those without a line."),
        format="remote",
        is_month=True,
    ),
)
