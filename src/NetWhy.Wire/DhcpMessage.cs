using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using NetWhy.Wire.Link;

namespace NetWhy.Wire;

/// <summary>The 44 octets that start a DHCP message. The declaration is the wire layout.</summary>
/// <remarks>Name of the server (64), boot file (128), cookie (4) and options follow. Source: RFC 2131, section 2.</remarks>
/// <param name="Operation">1 from the client, 2 from the server.</param>
/// <param name="HardwareType">Kind of the client's address, 1 for Ethernet.</param>
/// <param name="HardwareLength">Length of the client's address, in octets.</param>
/// <param name="Hops">Relays on the way.</param>
/// <param name="TransactionId">Number that answers repeat.</param>
/// <param name="Seconds">Since when the client asks, in seconds.</param>
/// <param name="Flags">0x8000: the answer shall be a broadcast.</param>
/// <param name="ClientAddress">Address that the client has; 0 if it has none.</param>
/// <param name="YourAddress">Address that the client gets.</param>
/// <param name="ServerAddress">Server that boots the client.</param>
/// <param name="RelayAddress">Relay through which it came; 0 if there is none.</param>
/// <param name="ClientHardware">The client's Ethernet address.</param>
/// <param name="HardwareRest">The rest of the room for longer ones.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct DhcpHeader(
    byte Operation,
    byte HardwareType,
    byte HardwareLength,
    byte Hops,
    UInt32BigEndian TransactionId,
    UInt16BigEndian Seconds,
    UInt16BigEndian Flags,
    UInt32BigEndian ClientAddress,
    UInt32BigEndian YourAddress,
    UInt32BigEndian ServerAddress,
    UInt32BigEndian RelayAddress,
    MacAddress ClientHardware,
    ulong HardwareRest)
{
    /// <summary>Length of this part, in octets.</summary>
    public const int Size = 44;
}

/// <summary>What a DHCP message wants. Source: RFC 2132, section 9.6; IANA, "DHCP Message Type 53 Values".</summary>
public enum DhcpMessageType : byte
{
    /// <summary>It is BOOTP, or does not say.</summary>
    None = 0,

    /// <summary>Is there a server?</summary>
    Discover = 1,

    /// <summary>A server offers an address.</summary>
    Offer = 2,

    /// <summary>The client wants this address.</summary>
    Request = 3,

    /// <summary>The client does not want this address: somebody has it.</summary>
    Decline = 4,

    /// <summary>The client gets it.</summary>
    Ack = 5,

    /// <summary>The client does not get it.</summary>
    Nak = 6,

    /// <summary>The client gives it back.</summary>
    Release = 7,

    /// <summary>The client has an address and wants the rest.</summary>
    Inform = 8,
}

/// <summary>A DHCP message viewed where it lies.</summary>
/// <remarks><see cref="Read"/> makes the only checks; after <see cref="OperationStatus.Done"/> no member can throw.</remarks>
public readonly ref struct DhcpMessage
{
    internal const int FileAt = DhcpHeader.Size + 64;
    internal const int CookieAt = FileAt + 128;
    private const int OptionsAt = CookieAt + 4;
    private const uint Cookie = 0x6382_5363; // RFC 2131, section 3
    private const int MessageTypeOption = 53;

    private readonly ref readonly DhcpHeader _header;
    private readonly ReadOnlySpan<byte> _octets;

    private DhcpMessage(ref readonly DhcpHeader header, ReadOnlySpan<byte> octets)
    {
        _header = ref header;
        _octets = octets;
    }

    /// <summary>The header, where it lies.</summary>
    public ref readonly DhcpHeader Header => ref _header;

    /// <summary>Whether options may follow: else it is BOOTP, or cut short.</summary>
    public bool HasOptions => _octets.Length >= OptionsAt && BinaryPrimitives.ReadUInt32BigEndian(_octets[CookieAt..]) == Cookie;

    /// <summary>Name of the server that boots the client, with zeros behind; not if it holds options (<see cref="DhcpOptions"/>).</summary>
    public ReadOnlySpan<byte> ServerName => Part(DhcpHeader.Size, FileAt);

    /// <summary>File that the client boots, with zeros behind; not if it holds options (<see cref="DhcpOptions"/>).</summary>
    public ReadOnlySpan<byte> BootFile => Part(FileAt, CookieAt);

    /// <summary>What the message wants.</summary>
    public DhcpMessageType MessageType => Find(MessageTypeOption) is [byte type] ? (DhcpMessageType)type : DhcpMessageType.None;

    /// <summary>The options, also those in the places of file and server.</summary>
    public DhcpOptions Options => HasOptions ? new DhcpOptions(_octets[OptionsAt..], BootFile, ServerName) : default;

    /// <summary>The value of an option; empty if it is not there or cut short.</summary>
    /// <param name="code">Number of the option. Source: IANA, "BOOTP Vendor Extensions and DHCP Options".</param>
    public ReadOnlySpan<byte> Find(int code)
    {
        foreach (TypeLengthValue option in Options)
        {
            if (option.Type == code && !option.IsTruncated)
                return option.Value;
        }

        return default;
    }

    /// <summary>Views the message.</summary>
    /// <param name="octets">The payload of a UDP datagram.</param>
    /// <param name="message">The view, valid as long as <paramref name="octets"/> is.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> if the addresses are cut short, or
    /// <see cref="OperationStatus.InvalidData"/> if it is no message of a client or server.
    /// </returns>
    public static OperationStatus Read(ReadOnlySpan<byte> octets, out DhcpMessage message)
    {
        message = default;
        if (octets.Length < DhcpHeader.Size)
            return OperationStatus.NeedMoreData;
        ref readonly DhcpHeader header = ref MemoryMarshal.AsRef<DhcpHeader>(octets);
        if (header.Operation is not (1 or 2))
            return OperationStatus.InvalidData;
        message = new DhcpMessage(in header, octets);
        return OperationStatus.Done;
    }

    private ReadOnlySpan<byte> Part(int from, int to) => _octets[Math.Min(from, _octets.Length)..Math.Min(to, _octets.Length)];
}

/// <summary>Walks the options of a DHCP message, forward only and in place, and those that overload file and server.</summary>
/// <remarks>Source: RFC 2132, sections 2 and 9.3; RFC 2131, section 4.1 (order).</remarks>
public ref struct DhcpOptions
{
    private const int End = 255;
    private const int Overload = 52;
    private const int InFile = 1, InServerName = 2;

    private readonly ReadOnlySpan<byte> _file;
    private readonly ReadOnlySpan<byte> _serverName;
    private TypeLengthValues _area;
    private int _overload;
    private bool _isOverloading;

    internal DhcpOptions(ReadOnlySpan<byte> options, ReadOnlySpan<byte> file, ReadOnlySpan<byte> serverName)
    {
        _file = file;
        _serverName = serverName;
        _area = Area(options);
    }

    /// <summary>The option just read.</summary>
    public readonly TypeLengthValue Current => _area.Current;

    /// <summary>How the walk ended: <see cref="OperationStatus.InvalidData"/> if an option is longer than what is left.</summary>
    public readonly OperationStatus Status => _area.Status;

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly DhcpOptions GetEnumerator() => this;

    /// <summary>Moves to the next option; of the last one the end may be missing.</summary>
    /// <returns>False at the end; <see cref="Status"/> tells how it ended.</returns>
    public bool MoveNext()
    {
        while (!_area.MoveNext())
        {
            if (_area.Status is not OperationStatus.Done || !TakeOverloaded())
                return false;
        }

        // Only the options proper may say that others are elsewhere: so the walk ends.
        if (!_isOverloading && _area.Current is { Type: Overload, Value: [byte where] })
            _overload = where;
        return true;
    }

    private bool TakeOverloaded()
    {
        _isOverloading = true;
        if ((_overload & InFile) != 0)
        {
            _overload &= ~InFile;
            _area = Area(_file);
            return true;
        }

        bool isInName = (_overload & InServerName) != 0;
        _overload = 0;
        if (isInName)
            _area = Area(_serverName);
        return isInName;
    }

    private static TypeLengthValues Area(ReadOnlySpan<byte> octets) =>
        new(octets, octets.Length, typeSize: 1, lengthSize: 1, endType: End, hasPadding: true);
}
