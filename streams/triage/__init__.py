"""Triage: findings (`detections`) and people's actions (`analyst-actions`) become alerts (`alerts`)."""
