"""The faults, one file each; every file registers itself."""
