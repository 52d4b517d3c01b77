"""The topics between the locations. kafka-python stays in here."""
