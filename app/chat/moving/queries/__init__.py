"""Every statement about what comes and what goes."""
