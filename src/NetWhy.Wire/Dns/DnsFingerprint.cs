using System.Buffers;

namespace NetWhy.Wire.Dns;

/// <summary>The data of an SSHFP record: algorithm (8 bits), kind of fingerprint (8), fingerprint. Source: RFC 4255, section 3.1.</summary>
public readonly ref struct DnsFingerprint
{
    private const int FixedSize = 2;

    private readonly ReadOnlySpan<byte> _data;

    private DnsFingerprint(ReadOnlySpan<byte> data) => _data = data;

    /// <summary>The key's algorithm: 1 RSA, 2 DSA, 3 ECDSA, 4 Ed25519, 6 Ed448.</summary>
    public byte Algorithm => _data[0];

    /// <summary>The kind: 1 SHA-1, 2 SHA-256.</summary>
    public byte Kind => _data[1];

    /// <summary>The fingerprint.</summary>
    public ReadOnlySpan<byte> Value => _data[FixedSize..];

    /// <summary>Views the data of a record.</summary>
    /// <param name="data">The data.</param>
    /// <param name="fingerprint">The view, valid as long as <paramref name="data"/> is.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.NeedMoreData"/>.</returns>
    public static OperationStatus Read(ReadOnlySpan<byte> data, out DnsFingerprint fingerprint)
    {
        fingerprint = data.Length < FixedSize ? default : new DnsFingerprint(data);
        return data.Length < FixedSize ? OperationStatus.NeedMoreData : OperationStatus.Done;
    }
}
