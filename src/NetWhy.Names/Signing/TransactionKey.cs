using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using NetWhy.Linux;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>A secret that two hosts share, by which they sign messages. Source: RFC 8945.</summary>
public sealed class TransactionKey
{
    private const int Fudge = 300; // seconds that the clocks may differ, as RFC 8945, section 10, advises
    private const ushort AnyClass = 255;
    private const int AdditionalCount = 10; // where the header counts additional records, in octets

    private static readonly (string Name, string WireName, string Digest)[] Algorithms =
    [
        ("hmac-md5", "hmac-md5.sig-alg.reg.int.", "MD5"),
        ("hmac-sha1", "hmac-sha1.", "SHA1"),
        ("hmac-sha224", "hmac-sha224.", "SHA224"),
        ("hmac-sha256", "hmac-sha256.", "SHA256"),
        ("hmac-sha384", "hmac-sha384.", "SHA384"),
        ("hmac-sha512", "hmac-sha512.", "SHA512"),
    ];

    private readonly byte[] _name;
    private readonly byte[] _algorithm;
    private readonly string _digest;
    private readonly byte[] _secret;
    private readonly int _size;

    private TransactionKey(byte[] name, byte[] algorithm, string digest, byte[] secret, int size)
    {
        (_name, _algorithm, _digest, _secret, _size) = (name, algorithm, digest, secret, size);
    }

    /// <summary>Makes a key.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="algorithm">Its algorithm, such as <c>hmac-sha256</c>.</param>
    /// <param name="secret">The secret.</param>
    /// <param name="bits">To how many bits codes are cut; 0 for whole ones.</param>
    /// <returns>The key; null if the name or the algorithm is none.</returns>
    public static TransactionKey? Create(string name, string algorithm, byte[] secret, int bits = 0)
    {
        const int BitsOfOctet = 8;
        (string Name, string WireName, string Digest) = Array.Find(Algorithms, one => one.Name.Equals(algorithm, StringComparison.OrdinalIgnoreCase));
        return Name is not null && Lower(name) is { } owner && Lower(WireName) is { } wireName
            ? new TransactionKey(owner, wireName, Digest, secret, bits / BitsOfOctet)
            : null;
    }

    /// <summary>Whether an algorithm is known.</summary>
    /// <param name="algorithm">Its name, such as <c>hmac-sha256</c>.</param>
    public static bool IsAlgorithm(string algorithm) => Array.Exists(Algorithms, one => one.Name.Equals(algorithm, StringComparison.OrdinalIgnoreCase));

    /// <summary>Signs a query.</summary>
    /// <param name="query">The query, without signature.</param>
    /// <param name="seconds">The time, in seconds since 1970.</param>
    /// <param name="code">The code, by which the answer is verified.</param>
    /// <returns>The query with its signature; null if libcrypto cannot do it.</returns>
    public byte[]? Sign(ReadOnlySpan<byte> query, long seconds, out byte[] code)
    {
        byte[] timers = Timers(seconds);
        byte[]? full = Compute([.. query, .. _name, .. BigEndian(AnyClass), 0, 0, 0, 0, .. _algorithm, .. timers, 0, 0, 0, 0]);
        code = full is null ? [] : Cut(full);
        if (full is null)
            return null;

        byte[] data = [.. _algorithm, .. timers, .. BigEndian((ushort)code.Length), .. code, .. query[..2], 0, 0, 0, 0];
        byte[] signed =
        [
            .. query, .. _name, .. BigEndian((ushort)DnsRecordType.TSIG), .. BigEndian(AnyClass), 0, 0, 0, 0, .. BigEndian((ushort)data.Length), .. data,
        ];
        ushort additional = BinaryPrimitives.ReadUInt16BigEndian(signed.AsSpan(AdditionalCount));
        BinaryPrimitives.WriteUInt16BigEndian(signed.AsSpan(AdditionalCount), (ushort)(additional + 1));
        return signed;
    }

    /// <summary>Begins to verify what answers a query.</summary>
    /// <param name="code">The code of the query.</param>
    public TransactionVerifier Verify(byte[] code) => new(this, code);

    internal bool Is(DnsName name, DnsName algorithm)
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        return name.CopyCanonicalTo(wire, out int length) is OperationStatus.Done && wire[..length].SequenceEqual(_name)
            && algorithm.CopyCanonicalTo(wire, out length) is OperationStatus.Done && wire[..length].SequenceEqual(_algorithm);
    }

    internal bool IsRight(ReadOnlySpan<byte> octets, ReadOnlySpan<byte> code)
    {
        const int Shortest = 10; // octets; RFC 8945, section 5.2.2.1
        return Compute(octets) is { } full && code.Length >= Math.Max(Math.Min(Shortest, full.Length), Math.Max(_size, full.Length / 2)) && code.Length <= full.Length
            && CryptographicOperations.FixedTimeEquals(full.AsSpan(0, code.Length), code);
    }

    internal static byte[] BigEndian(ushort number) => [(byte)(number >> 8), (byte)number];

    private static byte[] Timers(long seconds)
    {
        Span<byte> octets = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(octets, seconds);
        return [.. octets[2..], .. BigEndian(Fudge)];
    }

    private static byte[]? Lower(string name)
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        int offset = 0;
        return DnsName.Encode(name, wire, out int length) is OperationStatus.Done
            && DnsName.Read(wire[..length], ref offset, out DnsName read) is OperationStatus.Done
            && read.CopyCanonicalTo(wire, out length) is OperationStatus.Done
                ? wire[..length].ToArray()
                : null;
    }

    private byte[]? Compute(ReadOnlySpan<byte> octets) => KeyedHash.Compute(_digest, _secret, octets);

    private byte[] Cut(byte[] code) => _size > 0 && _size < code.Length ? code[.._size] : code;
}
