"""The command line and the Prefect flows: thin shells over the other packages."""
