"""What holds for every input: rules checked on generated ones."""
