using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace NetWhy.Wire.Dns;

/// <summary>A resource record viewed where it lies in its message.</summary>
/// <remarks>
/// <code>
/// NAME | TYPE (16 bits) | CLASS (16) | TTL (32) | RDLENGTH (16) | RDATA
/// </code>
/// Each <c>ReadX</c> reads the data as the type of that name does and refuses a record of another type.
/// Source: RFC 1035, section 4.1.3.
/// </remarks>
public readonly ref struct DnsRecord
{
    private const int FixedSize = 10; // octets between the owner and the data
    private const uint MaxTimeToLive = 0x7fffffff; // RFC 2181, section 8: the high bit means 0

    private readonly ReadOnlySpan<byte> _message;
    private readonly int _dataOffset;
    private readonly uint _timeToLive;

    private DnsRecord(
        ReadOnlySpan<byte> message, DnsName owner, DnsRecordType type, ushort recordClass, uint timeToLive,
        int dataOffset, int dataLength)
    {
        _message = message;
        _dataOffset = dataOffset;
        _timeToLive = timeToLive;
        Owner = owner;
        Type = type;
        Class = (DnsClass)recordClass;
        Data = message.Slice(dataOffset, dataLength);
    }

    /// <summary>The name that the record belongs to.</summary>
    public DnsName Owner { get; }

    /// <summary>What the data is.</summary>
    public DnsRecordType Type { get; }

    /// <summary>The class; in an OPT record the asker's payload size.</summary>
    public DnsClass Class { get; }

    /// <summary>The data, names in it still compressed.</summary>
    public ReadOnlySpan<byte> Data { get; }

    /// <summary>How long the record may be kept.</summary>
    public TimeSpan TimeToLive => TimeSpan.FromSeconds(TimeToLiveSeconds);

    /// <summary>How long the record may be kept, in seconds.</summary>
    public uint TimeToLiveSeconds => _timeToLive > MaxTimeToLive ? 0 : _timeToLive;

    /// <summary>The time to live as it was sent, also one that counts as 0.</summary>
    internal uint SentTimeToLive => _timeToLive;

    /// <summary>Views a record whose parts lie apart, such as one that was read as text.</summary>
    /// <param name="owner">The name that it belongs to, in wire form without compression.</param>
    /// <param name="type">What the data is.</param>
    /// <param name="recordClass">The class.</param>
    /// <param name="timeToLive">The 32 bits behind the class: seconds, or the flags of an OPT record.</param>
    /// <param name="data">The data in wire form, names in it without compression.</param>
    /// <param name="record">The view, valid as long as its parts are.</param>
    /// <returns><see cref="OperationStatus.Done"/>, or what is wrong with the owner.</returns>
    public static OperationStatus FromParts(
        ReadOnlySpan<byte> owner, DnsRecordType type, DnsClass recordClass, uint timeToLive, ReadOnlySpan<byte> data, out DnsRecord record)
    {
        record = default;
        int position = 0;
        OperationStatus status = DnsName.Read(owner, ref position, out DnsName name);
        if (status is not OperationStatus.Done)
            return status;

        record = new DnsRecord(data, name, type, (ushort)recordClass, timeToLive, 0, data.Length);
        return OperationStatus.Done;
    }

    /// <summary>Copies the data, names in it without compression.</summary>
    /// <param name="destination">Where to; <see cref="ushort.MaxValue"/> octets suffice for any record that can be sent on.</param>
    /// <param name="written">How many octets were written.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.DestinationTooSmall"/>, or
    /// <see cref="OperationStatus.InvalidData"/> if names within the data are broken.
    /// </returns>
    public OperationStatus CopyDataTo(Span<byte> destination, out int written) =>
        DnsCanonicalForm.CopyData(this, destination, isCanonical: false, out written);

    /// <summary>Whether the data is what the type demands, as far as the type is known.</summary>
    public bool IsDataSound
    {
        get
        {
            var writer = new DnsBufferWriter();
            bool isSound = DnsDataText.TryWriteKnown(ref writer, this, DnsTextStyle.Default);
            writer.Dispose();
            return isSound || DnsDataFields.Of(Type, Class).IsEmpty;
        }
    }

    internal DnsDataReader ReadData() => new(_message, _dataOffset, Data.Length);

    /// <summary>Reads the address of an A or AAAA record.</summary>
    /// <param name="address">The address.</param>
    public OperationStatus ReadAddress(out IPAddress address)
    {
        address = IPAddress.None;
        int length = Type switch { DnsRecordType.A => 4, DnsRecordType.AAAA => 16, _ => -1 };
        if (Data.Length != length)
            return OperationStatus.InvalidData;

        address = new IPAddress(Data);
        return OperationStatus.Done;
    }

    /// <summary>Reads the name of a CNAME, NS, PTR or DNAME record.</summary>
    /// <param name="name">The name.</param>
    public OperationStatus ReadName(out DnsName name)
    {
        name = default;
        return Type is DnsRecordType.CNAME or DnsRecordType.NS or DnsRecordType.PTR or DnsRecordType.DNAME
            ? ReadNameAt(0, out name, out _)
            : OperationStatus.InvalidData;
    }

    /// <summary>Reads a SOA record.</summary>
    /// <param name="start">What it says.</param>
    public OperationStatus ReadStartOfAuthority(out DnsStartOfAuthority start)
    {
        start = default;
        if (Type is not DnsRecordType.SOA)
            return OperationStatus.InvalidData;

        OperationStatus status = ReadNameAt(0, out DnsName primary, out int next);
        if (status is not OperationStatus.Done)
            return status;

        status = ReadNameAt(next, out DnsName mailbox, out next);
        if (status is not OperationStatus.Done)
            return status;
        if (Data.Length - next != DnsStartOfAuthority.NumbersSize)
            return OperationStatus.InvalidData;

        start = new DnsStartOfAuthority(primary, mailbox, Data[next..]);
        return OperationStatus.Done;
    }

    /// <summary>Reads an MX record.</summary>
    /// <param name="preference">Lower is preferred.</param>
    /// <param name="exchange">The mail exchange.</param>
    public OperationStatus ReadMailExchange(out ushort preference, out DnsName exchange)
    {
        exchange = default;
        preference = 0;
        if (Type is not DnsRecordType.MX || Data.Length < sizeof(ushort))
            return OperationStatus.InvalidData;

        preference = MemoryMarshal.Read<UInt16BigEndian>(Data);
        return ReadNameAt(sizeof(ushort), out exchange, out _);
    }

    /// <summary>Reads a SRV record.</summary>
    /// <param name="service">What it says.</param>
    public OperationStatus ReadService(out DnsService service)
    {
        const int NumbersSize = 6;

        service = default;
        if (Type is not DnsRecordType.SRV || Data.Length < NumbersSize)
            return OperationStatus.InvalidData;

        OperationStatus status = ReadNameAt(NumbersSize, out DnsName host, out _);
        if (status is not OperationStatus.Done)
            return status;

        service = new DnsService(
            Priority: MemoryMarshal.Read<UInt16BigEndian>(Data),
            Weight: MemoryMarshal.Read<UInt16BigEndian>(Data[2..]),
            Port: MemoryMarshal.Read<UInt16BigEndian>(Data[4..]),
            host);
        return OperationStatus.Done;
    }

    /// <summary>Reads the strings of a TXT or SPF record, one after the other.</summary>
    /// <param name="offset">Where in the data to go on; 0 at first, moved behind the string.</param>
    /// <param name="text">The string's octets.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> behind the last string, or
    /// <see cref="OperationStatus.InvalidData"/>.
    /// </returns>
    public OperationStatus ReadText(scoped ref int offset, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (Type is not (DnsRecordType.TXT or DnsRecordType.SPF) || (uint)offset > (uint)Data.Length)
            return OperationStatus.InvalidData;
        if (offset == Data.Length)
            return OperationStatus.NeedMoreData;

        int end = offset + 1 + Data[offset];
        if (end > Data.Length)
            return OperationStatus.InvalidData;

        text = Data[(offset + 1)..end];
        offset = end;
        return OperationStatus.Done;
    }

    /// <summary>Reads an OPT record.</summary>
    /// <param name="edns">What it says.</param>
    public OperationStatus ReadEdns(out DnsEdns edns)
    {
        edns = default;
        if (Type is not DnsRecordType.OPT)
            return OperationStatus.InvalidData;

        edns = new DnsEdns((ushort)Class, _timeToLive, Data);
        return OperationStatus.Done;
    }

    internal static OperationStatus Read(ReadOnlySpan<byte> message, scoped ref int offset, out DnsRecord record)
    {
        record = default;
        int position = offset;
        OperationStatus status = DnsName.Read(message, ref position, out DnsName owner);
        if (status is not OperationStatus.Done)
            return status;
        if (message.Length - position < FixedSize)
            return OperationStatus.NeedMoreData;

        ReadOnlySpan<byte> fixedPart = message[position..];
        ushort type = MemoryMarshal.Read<UInt16BigEndian>(fixedPart);
        ushort recordClass = MemoryMarshal.Read<UInt16BigEndian>(fixedPart[2..]);
        uint timeToLive = BinaryPrimitives.ReadUInt32BigEndian(fixedPart[4..]);
        int length = MemoryMarshal.Read<UInt16BigEndian>(fixedPart[8..]);
        position += FixedSize;
        if (message.Length - position < length)
            return OperationStatus.NeedMoreData;

        record = new DnsRecord(
            message, owner, (DnsRecordType)type, recordClass, timeToLive, position, length);
        offset = position + length;
        return OperationStatus.Done;
    }

    private OperationStatus ReadNameAt(int offset, out DnsName name, out int next)
    {
        // The end of the data, not of the message, bounds the name; a pointer leads back and so stays within.
        int position = _dataOffset + offset;
        OperationStatus status = DnsName.Read(_message[..(_dataOffset + Data.Length)], ref position, out name);
        next = position - _dataOffset;
        return status is OperationStatus.NeedMoreData ? OperationStatus.InvalidData : status;
    }
}

/// <summary>The start of a zone of authority. Source: RFC 1035, section 3.3.13; RFC 2308 (negative answers).</summary>
public readonly ref struct DnsStartOfAuthority
{
    internal const int NumbersSize = 20;

    private readonly ReadOnlySpan<byte> _numbers;

    internal DnsStartOfAuthority(DnsName primary, DnsName mailbox, ReadOnlySpan<byte> numbers)
    {
        Primary = primary;
        Mailbox = mailbox;
        _numbers = numbers;
    }

    /// <summary>The zone's primary server.</summary>
    public DnsName Primary { get; }

    /// <summary>Who is responsible, the first dot standing for <c>@</c>.</summary>
    public DnsName Mailbox { get; }

    /// <summary>The zone's version.</summary>
    public uint Serial => BinaryPrimitives.ReadUInt32BigEndian(_numbers);

    /// <summary>How often a secondary looks for a new version.</summary>
    public TimeSpan Refresh => Seconds(4);

    /// <summary>How soon a secondary tries again after a failure.</summary>
    public TimeSpan Retry => Seconds(8);

    /// <summary>When a secondary that hears nothing stops answering.</summary>
    public TimeSpan Expire => Seconds(12);

    /// <summary>Longest time that a negative answer may be kept; the record's own time to live also bounds it.</summary>
    public TimeSpan Minimum => Seconds(16);

    private TimeSpan Seconds(int offset) =>
        TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt32BigEndian(_numbers[offset..]));
}

/// <summary>The place of a service. Source: RFC 2782.</summary>
/// <param name="Priority">Lower is tried first.</param>
/// <param name="Weight">Share among those of equal priority.</param>
/// <param name="Port">The service's port.</param>
/// <param name="Host">The host that serves.</param>
public readonly ref struct DnsService(ushort Priority, ushort Weight, ushort Port, DnsName Host)
{
    /// <summary>Lower is tried first.</summary>
    public ushort Priority { get; } = Priority;

    /// <summary>Share among those of equal priority.</summary>
    public ushort Weight { get; } = Weight;

    /// <summary>The service's port.</summary>
    public ushort Port { get; } = Port;

    /// <summary>The host that serves.</summary>
    public DnsName Host { get; } = Host;
}

/// <summary>What an OPT record says.</summary>
/// <remarks>
/// <code>
/// CLASS = UDP payload size; TTL = EXTENDED-RCODE (8 bits) | VERSION (8) | DO (1) | Z (15)
/// RDATA = { OPTION-CODE (16) | OPTION-LENGTH (16) | OPTION-DATA } *
/// </code>
/// Source: RFC 6891, section 6.1.
/// </remarks>
public readonly ref struct DnsEdns
{
    private const int OptionHeaderSize = 4;
    private const uint DnssecOkBit = 0x8000;

    private readonly uint _flags;
    private readonly ReadOnlySpan<byte> _options;

    internal DnsEdns(ushort payloadSize, uint flags, ReadOnlySpan<byte> options)
    {
        PayloadSize = payloadSize;
        _flags = flags;
        _options = options;
    }

    /// <summary>Largest UDP message that the sender can take, in octets.</summary>
    public ushort PayloadSize { get; }

    /// <summary>The version; 0 is the only one.</summary>
    public byte Version => (byte)(_flags >> 16);

    /// <summary>The 16 flags, of which one has a meaning.</summary>
    public ushort Flags => (ushort)_flags;

    /// <summary>The options as they lie on the wire.</summary>
    public ReadOnlySpan<byte> Options => _options;

    /// <summary>Whether DNSSEC records are wanted.</summary>
    public bool DnssecOk => (_flags & DnssecOkBit) != 0;

    /// <summary>The whole response code.</summary>
    /// <param name="low">The four bits of it that stand in the header.</param>
    public DnsResponseCode Extend(DnsResponseCode low) =>
        (DnsResponseCode)(((_flags >> 24) << 4) | ((uint)low & 0xf));

    /// <summary>Reads the options, one after the other.</summary>
    /// <param name="offset">Where to go on; 0 at first, moved behind the option.</param>
    /// <param name="code">Which option it is.</param>
    /// <param name="value">Its octets.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.NeedMoreData"/> behind the last option, or
    /// <see cref="OperationStatus.InvalidData"/>.
    /// </returns>
    public OperationStatus ReadOption(scoped ref int offset, out DnsOptionCode code, out ReadOnlySpan<byte> value)
    {
        code = default;
        value = default;
        if ((uint)offset > (uint)_options.Length)
            return OperationStatus.InvalidData;

        ReadOnlySpan<byte> rest = _options[offset..];
        if (rest.IsEmpty)
            return OperationStatus.NeedMoreData;
        if (rest.Length < OptionHeaderSize)
            return OperationStatus.InvalidData;

        int length = MemoryMarshal.Read<UInt16BigEndian>(rest[2..]);
        if (rest.Length - OptionHeaderSize < length)
            return OperationStatus.InvalidData;

        code = (DnsOptionCode)(ushort)MemoryMarshal.Read<UInt16BigEndian>(rest);
        value = rest.Slice(OptionHeaderSize, length);
        offset += OptionHeaderSize + length;
        return OperationStatus.Done;
    }

    /// <summary>Finds the first extended error.</summary>
    /// <param name="code">Its code. Source: IANA, "Extended DNS Error Codes".</param>
    /// <param name="text">Its text; empty if it has none.</param>
    /// <returns>Whether there is one.</returns>
    /// <remarks>Source: RFC 8914.</remarks>
    public bool TryFindExtendedError(out ushort code, out string text)
    {
        code = 0;
        text = "";
        int offset = 0;
        while (ReadOption(ref offset, out DnsOptionCode option, out ReadOnlySpan<byte> value) is OperationStatus.Done)
        {
            if (option is not DnsOptionCode.ExtendedError || value.Length < sizeof(ushort))
                continue;

            code = MemoryMarshal.Read<UInt16BigEndian>(value);
            text = Encoding.UTF8.GetString(value[sizeof(ushort)..].TrimEnd((byte)0));
            return true;
        }

        return false;
    }
}
