"""Build the whole application: the base, its pages, its command line."""

import hashlib
from importlib import import_module
from pkgutil import iter_modules

from flask import Blueprint, Flask
from flask_migrate import Migrate
from werkzeug.middleware.proxy_fix import ProxyFix

from webapp import cli
from webapp.base import create_base
from webapp.catalog.letters import install_letters
from webapp.core.database import db
from webapp.demo.commands import group as demo_commands
from webapp.demo.inbox import create_inbox
from webapp.settings import CHECKOUT, Settings
from webapp.web import assets, errors, extensions, security_headers, theme
from webapp.web.staff import admin

PAGES = ("webapp.web.staff", "webapp.web.public", "webapp.web.hooks", "webapp.web.api")
UPLOAD_LIMIT = 64 * 1024 * 1024  # bytes: a spreadsheet of several hundred thousand people


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application.

    Args:
        settings: what this installation was told; read from the environment when not given.

    Returns:
        The application with everything registered; it has not yet spoken to any service.

    Raises:
        OperatorError: a setting is missing or wrong.
    """
    app = create_base(settings)
    install_letters(app.extensions)
    settings = app.extensions["settings"]
    app.config.from_mapping(page_config(settings))
    if settings.proxy_count:  # only our own proxies may say who asks: rate limits rest on it
        trusted = settings.proxy_count
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=trusted, x_proto=trusted, x_host=0)  # type: ignore[method-assign]
    Migrate(app, db, directory=str(CHECKOUT / "migrations"), compare_type=True)
    theme.init_app(app)
    assets.init_app(app)
    security_headers.init_app(app)
    extensions.init_app(app)
    errors.init_app(app)
    register_pages(app)
    admin.init_app(app)
    if settings.is_demo and settings.inbox_path is not None:
        app.register_blueprint(create_inbox(settings.inbox_path))
        app.cli.add_command(demo_commands)
    cli.init_app(app)
    return app


def page_config(settings: Settings) -> dict[str, object]:
    """Return the configuration of pages, sign-in and limits that follows from our settings."""
    salt = hashlib.sha256(b"password salt" + settings.secret_keys[0].encode())
    return {
        "MAX_CONTENT_LENGTH": UPLOAD_LIMIT,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.is_secure,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SECURE": settings.is_secure,
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a letter may be written for a whole day
        "RATELIMIT_STORAGE_URI": settings.redis_url,
        "RATELIMIT_IN_MEMORY_FALLBACK_ENABLED": True,  # sign-in goes on, still limited, while Redis is down
        "RATELIMIT_HEADERS_ENABLED": False,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SALT": salt.hexdigest(),
        "SECURITY_LOGIN_URL": "/sign-in",
        "SECURITY_LOGOUT_URL": "/sign-out",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_POST_LOGIN_VIEW": "/",
        "SECURITY_POST_LOGOUT_VIEW": "/sign-in",
        "SECURITY_CHANGEABLE": True,
        "SECURITY_CHANGE_URL": "/password",
        "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
        "SECURITY_TRACKABLE": True,
        "SECURITY_JOIN_USER_ROLES": False,  # rights hang on grants; roles are no column to join
        "SECURITY_PASSWORD_LENGTH_MIN": 10,
        # Addresses are taken as people have them here: nothing is looked up, and a demo lives in .test.
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False, "test_environment": True},
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
        "BABEL_DEFAULT_LOCALE": "en",
    }


def register_pages(app: Flask) -> None:
    """Register the ``blueprint`` of every module below the pages' packages: a new page is one new file."""
    for package in PAGES:
        for module in iter_modules(import_module(package).__path__):
            blueprint = getattr(import_module(f"{package}.{module.name}"), "blueprint", None)
            if isinstance(blueprint, Blueprint):
                app.register_blueprint(blueprint)
