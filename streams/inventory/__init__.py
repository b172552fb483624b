"""What firmware is made of and what is wrong with it: SBOM, OSV and VEX files in, findings out. A command, not a running process."""
