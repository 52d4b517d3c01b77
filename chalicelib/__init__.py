"""SINS: a customer registry that several locations share."""
