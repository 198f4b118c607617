"""What reasons say: texts, remedies and pages by version of the catalogue, and how they are filled in. Pure data."""
