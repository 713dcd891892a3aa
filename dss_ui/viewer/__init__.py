"""The linked image viewer: scene, marking session, component and its browser code."""
