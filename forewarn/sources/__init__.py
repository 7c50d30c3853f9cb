"""Sources: files and databases in the shapes that help desks export."""
