"""Datasets known by their content, small models trained to the bit, inference engines, and the judging of candidates.

The room takes arrays; ``dynamic_delivery`` brings them. onnx and onnxruntime are imported when they are used.
"""
