"""What a run is made of, each thing described once: its stages, its tables, its metrics.

Run folder, report, tracking and wording read it, and a test holds ``dvc.yaml`` against it.
"""
