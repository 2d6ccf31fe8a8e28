using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace NetWhy.Wire;

/// <summary>Kinds of TCP options. Source: IANA, "TCP Option Kind Numbers".</summary>
public enum TcpOptionKind : byte
{
    /// <summary>Nothing follows.</summary>
    EndOfList = 0,

    /// <summary>Padding.</summary>
    NoOperation = 1,

    /// <summary>Maximum segment size (RFC 9293, section 3.7.1).</summary>
    MaximumSegmentSize = 2,

    /// <summary>Window scale (RFC 7323, section 2).</summary>
    WindowScale = 3,

    /// <summary>Selective acknowledgments are understood (RFC 2018, section 2).</summary>
    SackPermitted = 4,

    /// <summary>Selective acknowledgments (RFC 2018, section 3).</summary>
    SackBlocks = 5,

    /// <summary>Timestamps (RFC 7323, section 3).</summary>
    Timestamps = 8,

    /// <summary>MD5 signature of BGP (RFC 2385).</summary>
    Md5Signature = 19,

    /// <summary>User timeout (RFC 5482).</summary>
    UserTimeout = 28,

    /// <summary>Authentication (RFC 5925).</summary>
    Authentication = 29,

    /// <summary>Multipath TCP (RFC 8684).</summary>
    Multipath = 30,

    /// <summary>Fast open cookie (RFC 7413).</summary>
    FastOpen = 34,

    /// <summary>Encryption negotiation (RFC 8547).</summary>
    EncryptionNegotiation = 69,

    /// <summary>Accurate ECN, order 0 (RFC 9768).</summary>
    AccurateEcn0 = 172,

    /// <summary>Accurate ECN, order 1 (RFC 9768).</summary>
    AccurateEcn1 = 174,

    /// <summary>An experiment (RFC 4727, RFC 6994).</summary>
    Experiment1 = 253,

    /// <summary>An experiment (RFC 4727, RFC 6994).</summary>
    Experiment2 = 254,
}

/// <summary>What a multipath TCP option is about. Source: RFC 8684, section 8.2.</summary>
public enum MultipathSubtype : byte
{
    /// <summary>MP_CAPABLE: the connection wants to be multipath.</summary>
    Capable = 0,

    /// <summary>MP_JOIN: the subflow joins a connection.</summary>
    Join = 1,

    /// <summary>DSS: which data of the connection the segment carries or acknowledges.</summary>
    DataSequenceSignal = 2,

    /// <summary>ADD_ADDR: a further address.</summary>
    AddAddress = 3,

    /// <summary>REMOVE_ADDR: addresses that are gone.</summary>
    RemoveAddress = 4,

    /// <summary>MP_PRIO: how much the subflow is wanted.</summary>
    Priority = 5,

    /// <summary>MP_FAIL: the connection goes on without multipath.</summary>
    Fail = 6,

    /// <summary>MP_FASTCLOSE: the whole connection is aborted.</summary>
    FastClose = 7,

    /// <summary>MP_TCPRST: why the subflow is reset.</summary>
    Reset = 8,
}

/// <summary>Data received beyond a gap. The declaration is the wire layout.</summary>
/// <remarks>Source: RFC 2018, section 3.</remarks>
/// <param name="Left">First sequence number of the block.</param>
/// <param name="Right">The sequence number behind its last one.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 8)]
public readonly record struct SackBlock(UInt32BigEndian Left, UInt32BigEndian Right);

/// <summary>The timestamps of a segment. The declaration is the wire layout.</summary>
/// <remarks>Source: RFC 7323, section 3.2.</remarks>
/// <param name="Value">Clock of the sender.</param>
/// <param name="EchoReply">The other side's clock as the sender saw it last.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = 8)]
public readonly record struct TcpTimestamps(UInt32BigEndian Value, UInt32BigEndian EchoReply);

/// <summary>An option of a TCP segment viewed where it lies.</summary>
/// <remarks>
/// A member that belongs to another kind, and one whose octets were not captured or whose length is not the one of its RFC,
/// is null or empty.
/// </remarks>
/// <param name="kind">The kind.</param>
/// <param name="length">Length with kind and length, in octets.</param>
/// <param name="value">What was captured of the value.</param>
public readonly ref struct TcpOption(TcpOptionKind kind, int length, ReadOnlySpan<byte> value)
{
    private const int ExperimentSize = 2;
    private const ushort FastOpenExperiment = 0xf989; // RFC 7413, appendix A

    /// <summary>The kind.</summary>
    public TcpOptionKind Kind { get; } = kind;

    /// <summary>Length with kind and length as sent, in octets.</summary>
    public int Length { get; } = length;

    /// <summary>What was captured of the value: all behind kind and length.</summary>
    public ReadOnlySpan<byte> Value { get; } = value;

    /// <summary>Whether more of the option was sent than captured.</summary>
    public bool IsTruncated => Value.Length < Length - 2;

    internal bool IsPresent => Length > 0;

    /// <summary>Greatest segment that the sender can take, in octets.</summary>
    public int? MaximumSegmentSize =>
        Kind is TcpOptionKind.MaximumSegmentSize && Value.Length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(Value) : null;

    /// <summary>How many bits the sender's windows are shifted; more than 14 counts as 14 (RFC 7323, section 2.3).</summary>
    public int? WindowScale => Kind is TcpOptionKind.WindowScale && Value.Length == 1 ? Value[0] : null;

    /// <summary>What was received beyond a gap.</summary>
    public ReadOnlySpan<SackBlock> SackBlocks =>
        Kind is TcpOptionKind.SackBlocks ? MemoryMarshal.Cast<byte, SackBlock>(Value) : default;

    /// <summary>The timestamps.</summary>
    public TcpTimestamps? Timestamps =>
        Kind is TcpOptionKind.Timestamps && Value.Length == 8 ? MemoryMarshal.Read<TcpTimestamps>(Value) : null;

    /// <summary>How long data may stay unacknowledged before the sender gives up.</summary>
    public TimeSpan? UserTimeout => Kind is TcpOptionKind.UserTimeout && Value.Length == 2
        ? UserTimeoutOf(BinaryPrimitives.ReadUInt16BigEndian(Value))
        : null;

    /// <summary>What a multipath option is about.</summary>
    public MultipathSubtype? MultipathSubtype =>
        Kind is TcpOptionKind.Multipath && Value.Length > 0 ? (MultipathSubtype)(Value[0] >> 4) : null;

    /// <summary>The cookie of fast open: empty if one is asked for; also where it is sent as the experiment that it once was.</summary>
    public ReadOnlySpan<byte> FastOpenCookie => Kind is TcpOptionKind.FastOpen ? Value
        : ExperimentId is FastOpenExperiment ? Value[ExperimentSize..]
        : default;

    /// <summary>Whether this is a fast open option, with or without cookie.</summary>
    public bool IsFastOpen => Kind is TcpOptionKind.FastOpen || ExperimentId is FastOpenExperiment;

    /// <summary>Which experiment it is. Source: RFC 6994; IANA, "TCP Experimental Option Experiment Identifiers".</summary>
    public ushort? ExperimentId => Kind is TcpOptionKind.Experiment1 or TcpOptionKind.Experiment2 && Value.Length >= ExperimentSize
        ? BinaryPrimitives.ReadUInt16BigEndian(Value)
        : null;

    /// <summary>The digest of an MD5 signature, sixteen octets, or the code of an authentication option.</summary>
    public ReadOnlySpan<byte> Digest => Kind switch
    {
        TcpOptionKind.Md5Signature => Value,
        TcpOptionKind.Authentication when Value.Length > 2 => Value[2..],
        _ => default,
    };

    /// <summary>The key that an authentication option was made with.</summary>
    public byte? KeyId => Kind is TcpOptionKind.Authentication && Value.Length >= 2 ? Value[0] : null;

    /// <summary>The key that the sender of an authentication option wants to be used for segments to it.</summary>
    public byte? NextKeyId => Kind is TcpOptionKind.Authentication && Value.Length >= 2 ? Value[1] : null;

    // The highest bit says whether the rest counts minutes or seconds.
    private static TimeSpan UserTimeoutOf(ushort value) =>
        (value & 0x8000) != 0 ? TimeSpan.FromMinutes(value & 0x7fff) : TimeSpan.FromSeconds(value);
}

/// <summary>Walks the options of a TCP segment, forward only and in place; padding is passed.</summary>
/// <example>
/// <code>
/// foreach (TcpOption option in segment.EnumerateOptions())
///     Handle(option.Kind, option.Value);
/// </code>
/// </example>
public ref struct TcpOptions
{
    private OptionList _list;

    internal TcpOptions(ReadOnlySpan<byte> octets, int length) => _list = new OptionList(octets, length);

    /// <summary>The option just read.</summary>
    public readonly TcpOption Current => new((TcpOptionKind)_list.Kind, _list.Length, _list.Value);

    /// <inheritdoc cref="OptionList.Status"/>
    public readonly OperationStatus Status => _list.Status;

    /// <summary>The walk itself, for <c>foreach</c>.</summary>
    public readonly TcpOptions GetEnumerator() => this;

    /// <inheritdoc cref="OptionList.MoveNext"/>
    public bool MoveNext() => _list.MoveNext();
}
