using System.Collections.Immutable;
using System.Globalization;

namespace NetWhy.Wire.Tls;

/// <summary>Groups of the key exchange. Source: IANA, "TLS Supported Groups"; draft-ietf-tls-ecdhe-mlkem.</summary>
public static class TlsGroup
{
    /// <summary>P-256.</summary>
    public const ushort P256 = 0x0017;

    /// <summary>X25519.</summary>
    public const ushort X25519 = 0x001d;

    /// <summary>X25519 and ML-KEM-768 together, which no quantum computer breaks.</summary>
    public const ushort X25519MlKem768 = 0x11ec;

    /// <summary>All that a server may know, those that are liked most first.</summary>
    public static ImmutableArray<ushort> All { get; } =
    [
        X25519MlKem768, 0x11eb, 0x11ed, 0x0201, 0x0202, 0x0200, 0x6399, 0x639a,
        X25519, P256, 0x001e, 0x0018, 0x0019, 0x001f, 0x0020, 0x0021, 0x001a, 0x001b, 0x001c, 0x0029,
        0x0016, 0x0015, 0x0013, 0x0014, 0x0012, 0x0011, 0x0010, 0x000f, 0x000e, 0x000d, 0x000c, 0x000b, 0x000a, 0x0009,
        0x0008, 0x0007, 0x0006, 0x0005, 0x0004, 0x0003, 0x0002, 0x0001,
        0x0100, 0x0101, 0x0102, 0x0103, 0x0104,
    ];

    /// <summary>The name of a group; its number where it has none.</summary>
    /// <param name="group">NamedGroup.</param>
    public static string Name(ushort group) => group switch
    {
        0x0001 => "sect163k1",
        0x0002 => "sect163r1",
        0x0003 => "sect163r2",
        0x0004 => "sect193r1",
        0x0005 => "sect193r2",
        0x0006 => "sect233k1",
        0x0007 => "sect233r1",
        0x0008 => "sect239k1",
        0x0009 => "sect283k1",
        0x000a => "sect283r1",
        0x000b => "sect409k1",
        0x000c => "sect409r1",
        0x000d => "sect571k1",
        0x000e => "sect571r1",
        0x000f => "secp160k1",
        0x0010 => "secp160r1",
        0x0011 => "secp160r2",
        0x0012 => "secp192k1",
        0x0013 => "secp192r1",
        0x0014 => "secp224k1",
        0x0015 => "secp224r1",
        0x0016 => "secp256k1",
        P256 => "secp256r1",
        0x0018 => "secp384r1",
        0x0019 => "secp521r1",
        0x001a => "brainpoolP256r1",
        0x001b => "brainpoolP384r1",
        0x001c => "brainpoolP512r1",
        X25519 => "x25519",
        0x001e => "x448",
        0x001f => "brainpoolP256r1tls13",
        0x0020 => "brainpoolP384r1tls13",
        0x0021 => "brainpoolP512r1tls13",
        0x0029 => "curveSM2",
        0x0100 => "ffdhe2048",
        0x0101 => "ffdhe3072",
        0x0102 => "ffdhe4096",
        0x0103 => "ffdhe6144",
        0x0104 => "ffdhe8192",
        0x0200 => "MLKEM512",
        0x0201 => "MLKEM768",
        0x0202 => "MLKEM1024",
        0x11eb => "SecP256r1MLKEM768",
        X25519MlKem768 => "X25519MLKEM768",
        0x11ed => "SecP384r1MLKEM1024",
        0x6399 => "X25519Kyber768Draft00",
        0x639a => "SecP256r1Kyber768Draft00",
        _ => string.Create(CultureInfo.InvariantCulture, $"0x{group:x4}"),
    };
}
