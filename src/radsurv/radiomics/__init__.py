"""What is measured: hand-crafted features of a traced region, from matrices of its grey levels to one named vector."""
