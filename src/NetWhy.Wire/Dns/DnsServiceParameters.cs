using System.Buffers;
using System.Buffers.Binary;

namespace NetWhy.Wire.Dns;

/// <summary>Walks the parameters of a SVCB or HTTPS record, which stand in rising order of their keys.</summary>
/// <remarks>
/// <code>
/// { KEY (16 bits) | LENGTH (16) | VALUE } *
/// </code>
/// Source: RFC 9460, section 2.2.
/// </remarks>
public ref struct DnsServiceParameters
{
    private const int HeaderSize = 4;

    private readonly ReadOnlySpan<byte> _octets;
    private int _offset;
    private int _lastKey;

    /// <summary>Starts a walk.</summary>
    /// <param name="octets">All parameters: what stands behind the target's name.</param>
    public DnsServiceParameters(ReadOnlySpan<byte> octets)
    {
        _octets = octets;
        _lastKey = -1;
        Value = [];
    }

    /// <summary>The key of the parameter just read.</summary>
    public DnsServiceParameterKey Key { get; private set; }

    /// <summary>Its value.</summary>
    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>Whether the walk came to the end, and nothing was wrong.</summary>
    public readonly bool IsComplete => _offset == _octets.Length;

    /// <summary>Moves to the next parameter.</summary>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> behind the last one, or
    /// <see cref="OperationStatus.InvalidData"/> for one that is cut short or out of order.
    /// </returns>
    public OperationStatus Read()
    {
        ReadOnlySpan<byte> rest = _octets[_offset..];
        if (rest.IsEmpty)
            return OperationStatus.NeedMoreData;
        if (rest.Length < HeaderSize)
            return OperationStatus.InvalidData;

        int key = BinaryPrimitives.ReadUInt16BigEndian(rest), length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
        if (key <= _lastKey || rest.Length - HeaderSize < length)
            return OperationStatus.InvalidData;

        _lastKey = key;
        Key = (DnsServiceParameterKey)key;
        Value = rest.Slice(HeaderSize, length);
        _offset += HeaderSize + length;
        return OperationStatus.Done;
    }
}

/// <summary>The key of a parameter. Source: IANA, "Service Parameter Keys (SvcParamKeys)".</summary>
public enum DnsServiceParameterKey : ushort
{
    /// <summary>Keys that a client must understand.</summary>
    Mandatory = 0,

    /// <summary>Protocols that the service speaks (ALPN).</summary>
    Protocols = 1,

    /// <summary>The default protocol is not spoken.</summary>
    NoDefaultProtocol = 2,

    /// <summary>The port.</summary>
    Port = 3,

    /// <summary>IPv4 addresses to try at once.</summary>
    IPv4Hint = 4,

    /// <summary>How to encrypt the ClientHello. Source: RFC 9848.</summary>
    EncryptedHello = 5,

    /// <summary>IPv6 addresses to try at once.</summary>
    IPv6Hint = 6,

    /// <summary>The template of a DNS server's path. Source: RFC 9461.</summary>
    DohPath = 7,

    /// <summary>The service takes oblivious requests. Source: RFC 9540.</summary>
    ObliviousHttp = 8,

    /// <summary>Groups for the key exchange of TLS. Source: IANA.</summary>
    TlsSupportedGroups = 9,
}

/// <summary>The names of parameters.</summary>
public static class DnsServiceParameterKeys
{
    extension(DnsServiceParameterKey key)
    {
        /// <summary>The name, such as <c>alpn</c>, or null if the key has none. Source: IANA, "Service Parameter Keys (SvcParamKeys)".</summary>
        public string? KnownMnemonic => key switch
        {
            DnsServiceParameterKey.Mandatory => "mandatory",
            DnsServiceParameterKey.Protocols => "alpn",
            DnsServiceParameterKey.NoDefaultProtocol => "no-default-alpn",
            DnsServiceParameterKey.Port => "port",
            DnsServiceParameterKey.IPv4Hint => "ipv4hint",
            DnsServiceParameterKey.EncryptedHello => "ech",
            DnsServiceParameterKey.IPv6Hint => "ipv6hint",
            DnsServiceParameterKey.DohPath => "dohpath",
            DnsServiceParameterKey.ObliviousHttp => "ohttp",
            DnsServiceParameterKey.TlsSupportedGroups => "tls-supported-groups",
            _ => null,
        };
    }
}
