"""The topic between the locations. kafka-python stays in here."""
