"""Facts that other people publish and that the package ships, each file with source and licence."""
