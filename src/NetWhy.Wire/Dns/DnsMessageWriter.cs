using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Dns;

/// <summary>Writes a DNS message, section after section, without name compression.</summary>
/// <remarks>
/// The counts in the header are kept up to date, so that what is written so far is always a whole message. A part
/// that does not fit is not written at all. Source: RFC 1035, section 4.1.
/// </remarks>
/// <example>
/// <code>
/// DnsMessageWriter.Create(buffer, id, DnsFlags.RecursionDesired, DnsResponseCode.NoError, out var writer);
/// writer.WriteQuestion("www.example.com", DnsRecordType.A);
/// writer.WriteEdns(payloadSize: 1232);
/// Send(writer.Written);
/// </code>
/// </example>
public ref struct DnsMessageWriter
{
    private const int QuestionFixedSize = 4;
    private const int RecordFixedSize = 10;

    private readonly Span<byte> _buffer;
    private int _length;
    private DnsSection _section;

    private DnsMessageWriter(Span<byte> buffer) => _buffer = buffer;

    /// <summary>The message so far.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

    private readonly ref DnsHeader Header => ref MemoryMarshal.AsRef<DnsHeader>(_buffer);

    /// <summary>Starts a message.</summary>
    /// <param name="buffer">Where to write; 512 octets suffice for any query.</param>
    /// <param name="id">The number that the answer repeats.</param>
    /// <param name="flags">The one-bit fields.</param>
    /// <param name="responseCode">The response code.</param>
    /// <param name="writer">The writer.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.DestinationTooSmall"/>.</returns>
    public static OperationStatus Create(
        Span<byte> buffer, ushort id, DnsFlags flags, DnsResponseCode responseCode, out DnsMessageWriter writer)
    {
        return Create(buffer, id, DnsHeader.PackBits(flags, responseCode), out writer);
    }

    /// <summary>Starts a message with any flags and opcode.</summary>
    /// <param name="buffer">Where to write.</param>
    /// <param name="id">The number that the answer repeats.</param>
    /// <param name="bits">The second word of the header, see <see cref="DnsHeader.PackBits(DnsFlags, DnsResponseCode, DnsOpcode)"/>.</param>
    /// <param name="writer">The writer.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.DestinationTooSmall"/>.</returns>
    public static OperationStatus Create(Span<byte> buffer, ushort id, ushort bits, out DnsMessageWriter writer)
    {
        writer = default;
        if (buffer.Length < DnsHeader.Size)
            return OperationStatus.DestinationTooSmall;

        writer = new DnsMessageWriter(buffer) { _length = DnsHeader.Size };
        writer.Header = new DnsHeader(id, bits, 0, 0, 0, 0);
        return OperationStatus.Done;
    }

    /// <summary>Adds a question; must come before any record.</summary>
    /// <param name="name">The name, as <see cref="DnsName.Encode(ReadOnlySpan{char}, Span{byte}, out int)"/> takes it.</param>
    /// <param name="type">The type asked for.</param>
    /// <param name="recordClass">The class asked for.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.DestinationTooSmall"/>, or
    /// <see cref="OperationStatus.InvalidData"/> for a name that cannot be or a question behind a record.
    /// </returns>
    public OperationStatus WriteQuestion(
        ReadOnlySpan<char> name, DnsRecordType type, DnsClass recordClass = DnsClass.Internet)
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        OperationStatus status = DnsName.Encode(name, wire, out int length);
        return status is OperationStatus.Done ? WriteQuestion(wire[..length], type, recordClass) : status;
    }

    /// <summary>Adds a question; must come before any record.</summary>
    /// <param name="name">The name in wire form, without compression.</param>
    /// <param name="type">The type asked for.</param>
    /// <param name="recordClass">The class asked for.</param>
    /// <returns>As <see cref="WriteQuestion(ReadOnlySpan{char}, DnsRecordType, DnsClass)"/>.</returns>
    public OperationStatus WriteQuestion(
        scoped ReadOnlySpan<byte> name, DnsRecordType type, DnsClass recordClass = DnsClass.Internet)
    {
        if (Header.Answers + Header.Authorities + Header.Additionals > 0 || !IsName(name))
            return OperationStatus.InvalidData;

        Span<byte> rest = _buffer[_length..];
        if (rest.Length < name.Length + QuestionFixedSize)
            return OperationStatus.DestinationTooSmall;

        name.CopyTo(rest);
        BinaryPrimitives.WriteUInt16BigEndian(rest[name.Length..], (ushort)type);
        BinaryPrimitives.WriteUInt16BigEndian(rest[(name.Length + 2)..], (ushort)recordClass);
        _length += name.Length + QuestionFixedSize;
        Header = Header with { Questions = (ushort)(Header.Questions + 1) };
        return OperationStatus.Done;
    }

    /// <summary>Adds a record.</summary>
    /// <param name="section">Where it stands; sections must come in their order.</param>
    /// <param name="owner">The name that it belongs to.</param>
    /// <param name="type">What the data is.</param>
    /// <param name="recordClass">The class.</param>
    /// <param name="timeToLive">The 32 bits behind the class: seconds, or the flags of an OPT record.</param>
    /// <param name="data">The data in wire form.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.DestinationTooSmall"/>, or
    /// <see cref="OperationStatus.InvalidData"/> for a name that cannot be, data of more than 65,535 octets or a
    /// section that is already over.
    /// </returns>
    public OperationStatus WriteRecord(
        DnsSection section, ReadOnlySpan<char> owner, DnsRecordType type, ushort recordClass, uint timeToLive,
        ReadOnlySpan<byte> data)
    {
        Span<byte> wire = stackalloc byte[DnsName.MaxLength];
        OperationStatus status = DnsName.Encode(owner, wire, out int length);
        return status is OperationStatus.Done ? WriteRecord(section, wire[..length], type, recordClass, timeToLive, data) : status;
    }

    /// <summary>Adds a record.</summary>
    /// <param name="section">Where it stands; sections must come in their order.</param>
    /// <param name="owner">The name that it belongs to, in wire form, without compression.</param>
    /// <param name="type">What the data is.</param>
    /// <param name="recordClass">The class.</param>
    /// <param name="timeToLive">The 32 bits behind the class: seconds, or the flags of an OPT record.</param>
    /// <param name="data">The data in wire form.</param>
    /// <returns>As <see cref="WriteRecord(DnsSection, ReadOnlySpan{char}, DnsRecordType, ushort, uint, ReadOnlySpan{byte})"/>.</returns>
    public OperationStatus WriteRecord(
        DnsSection section, scoped ReadOnlySpan<byte> owner, DnsRecordType type, ushort recordClass, uint timeToLive,
        scoped ReadOnlySpan<byte> data)
    {
        if (section < _section || data.Length > ushort.MaxValue || !IsName(owner))
            return OperationStatus.InvalidData;

        Span<byte> rest = _buffer[_length..];
        if (rest.Length < owner.Length + RecordFixedSize + data.Length)
            return OperationStatus.DestinationTooSmall;

        owner.CopyTo(rest);
        DnsCanonicalForm.WriteFixed(rest[owner.Length..], type, (DnsClass)recordClass, timeToLive, data.Length);
        data.CopyTo(rest[(owner.Length + RecordFixedSize)..]);
        Count(section, owner.Length + RecordFixedSize + data.Length);
        return OperationStatus.Done;
    }

    /// <summary>Adds a record of another message or of a zone file.</summary>
    /// <param name="section">Where it stands; sections must come in their order.</param>
    /// <param name="record">The record.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, <see cref="OperationStatus.DestinationTooSmall"/>, or
    /// <see cref="OperationStatus.InvalidData"/> for a section that is already over or data with a broken name.
    /// </returns>
    public OperationStatus WriteRecord(DnsSection section, DnsRecord record)
    {
        if (section < _section)
            return OperationStatus.InvalidData;

        Span<byte> rest = _buffer[_length..];
        OperationStatus status = record.Owner.CopyTo(rest, out int ownerLength);
        if (status is not OperationStatus.Done)
            return status;
        if (rest.Length < ownerLength + RecordFixedSize)
            return OperationStatus.DestinationTooSmall;

        status = record.CopyDataTo(rest[(ownerLength + RecordFixedSize)..], out int dataLength);
        if (status is not OperationStatus.Done)
            return status;

        DnsCanonicalForm.WriteFixed(rest[ownerLength..], record.Type, record.Class, record.TimeToLiveSeconds, dataLength);
        Count(section, ownerLength + RecordFixedSize + dataLength);
        return OperationStatus.Done;
    }

    /// <summary>Adds an OPT record with options.</summary>
    /// <param name="payloadSize">Largest UDP message that the sender can take, in octets.</param>
    /// <param name="flags">High part of the response code (8 bits), version (8), DO (1) and Z (15).</param>
    /// <param name="options">The options, see <see cref="DnsOptionWriter"/>.</param>
    /// <returns><see cref="OperationStatus.Done"/>, <see cref="OperationStatus.DestinationTooSmall"/>, or <see cref="OperationStatus.InvalidData"/> for too many options.</returns>
    /// <remarks>Source: RFC 6891, section 6.1.</remarks>
    public OperationStatus WriteEdns(ushort payloadSize, uint flags, scoped ReadOnlySpan<byte> options) =>
        WriteRecord(DnsSection.Additional, [(byte)0], DnsRecordType.OPT, payloadSize, flags, options);

    /// <summary>Adds an OPT record without options.</summary>
    /// <param name="payloadSize">Largest UDP message that the sender can take, in octets.</param>
    /// <param name="dnssecOk">Whether DNSSEC records are wanted.</param>
    /// <returns><see cref="OperationStatus.Done"/> or <see cref="OperationStatus.DestinationTooSmall"/>.</returns>
    /// <remarks>Source: RFC 6891, section 6.1.2.</remarks>
    public OperationStatus WriteEdns(ushort payloadSize, bool dnssecOk = false) => WriteRecord(
        DnsSection.Additional, [(byte)0], DnsRecordType.OPT, payloadSize, dnssecOk ? 0x8000u : 0, data: []);

    private static bool IsName(ReadOnlySpan<byte> wire)
    {
        int position = 0;
        return DnsName.Read(wire, ref position, out DnsName name) is OperationStatus.Done && position == wire.Length && name.Length == wire.Length;
    }

    private void Count(DnsSection section, int length)
    {
        _length += length;
        _section = section;
        Header = section switch
        {
            DnsSection.Answer => Header with { Answers = (ushort)(Header.Answers + 1) },
            DnsSection.Authority => Header with { Authorities = (ushort)(Header.Authorities + 1) },
            _ => Header with { Additionals = (ushort)(Header.Additionals + 1) },
        };
    }
}
