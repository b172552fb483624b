"""Which firmware has which vulnerability, and why: components against OSV ranges, quieted or confirmed by VEX. Pure."""
