"""What this processor multiplies fast."""


def has_fast_bfloat16() -> bool:
    """Say whether bfloat16 products beat float32 ones (measured in eval/LOG.md).

    They do with AMX tiles, and with AVX512-BF16 on AMD (Zen 4 and later); Intel's AVX512-BF16
    without AMX is slower than float32.
    """
    import torch

    able = torch.cpu.get_capabilities()
    amd = str(able.get("cpu_name", "")).startswith("AMD")
    return bool(able.get("amx_bf16") or (amd and able.get("avx512_bf16")))
