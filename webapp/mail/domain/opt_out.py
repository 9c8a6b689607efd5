"""What an opt-out page may say of an address, and how wishes are called in the history of a letter."""


def mask_address(address: str | None) -> str:
    """Return an address so that its owner knows it and nobody else learns it: ``z…a@example.org``.

    Args:
        address: normalised, or None where it is not known any more.
    """
    local, at, domain = (address or "").rpartition("@")
    if not at or not local:
        return ""
    last = local[-1] if len(local) > 3 else ""  # of a short one, its ends would be nearly all of it
    return f"{local[0]}…{last}@{domain}"
