using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using NetWhy.Analysis.Tcp;
using NetWhy.Wire;

namespace NetWhy.Analysis.Flows;

/// <summary>A TCP segment of a capture with what the analysis says of it: a value that may be kept.</summary>
/// <remarks>Numbers are relative to the beginning of their direction, as <c>tcp.seq</c> and <c>tcp.ack</c> are.</remarks>
public struct StreamSegment
{
    /// <summary>SACK blocks that are kept: more do not fit into the options of a segment.</summary>
    public const int MostBlocks = 4;

    /// <summary>Number of its packet, from 1.</summary>
    public uint Packet { get; private init; }

    /// <summary>When it passed, in nanoseconds since 1970.</summary>
    public long Nanoseconds { get; private init; }

    /// <summary>Who sent it.</summary>
    public TcpEndpoint Source { get; private init; }

    /// <summary>Whom it was sent to.</summary>
    public TcpEndpoint Destination { get; private init; }

    /// <summary>Whether it is whole: neither a fragment nor quoted by an ICMP error.</summary>
    public bool IsWhole { get; private init; }

    /// <summary>Octets of its data, on the wire; 0 if that is not known.</summary>
    public int Length { get; private init; }

    /// <summary>Its control bits.</summary>
    public TcpFlags Flags { get; private init; }

    /// <summary>Number of its first octet.</summary>
    public uint Sequence { get; private init; }

    /// <summary>Number of the octet that its sender expects; 0 without ACK.</summary>
    public uint Acknowledgment { get; private init; }

    /// <summary>The window that it offers, in octets, scaled where the scale is known.</summary>
    public long Window { get; private init; }

    /// <summary>The MSS that it offers; 0 if it has no such option.</summary>
    public int SegmentSize { get; private init; }

    /// <summary>What the analysis says of it.</summary>
    public TcpAnalysis Analysis { get; private init; }

    /// <summary>How many SACK blocks it has.</summary>
    public int BlockCount { get; private set; }

    private Edges _left;
    private Edges _right;

    /// <summary>A SACK block.</summary>
    /// <param name="index">Which: 0 to <see cref="BlockCount"/> - 1.</param>
    /// <returns>Its first octet, and the one behind its last.</returns>
    public readonly (uint Left, uint Right) Block(int index) => (_left[index], _right[index]);

    /// <summary>The segment as the analysis sees it.</summary>
    /// <param name="facts">The segment.</param>
    /// <param name="analysis">What the analysis says of it.</param>
    public static StreamSegment Of(in TcpSegmentFacts facts, in TcpAnalysis analysis)
    {
        TcpSegment wire = facts.Segment;
        bool isSyn = wire.Flags.HasFlag(TcpFlags.Syn);
        var segment = new StreamSegment
        {
            Packet = facts.Frame,
            Nanoseconds = facts.Nanoseconds,
            Source = facts.Source,
            Destination = facts.Destination,
            IsWhole = facts.Length >= 0,
            Length = Math.Max(0, facts.Length),
            Flags = wire.Flags,
            Sequence = wire.SequenceNumber - analysis.SequenceBase,
            Acknowledgment = wire.Flags.HasFlag(TcpFlags.Ack) ? wire.AcknowledgmentNumber - analysis.AcknowledgmentBase : 0,
            Window = (long)wire.Window << (isSyn || analysis.WindowScale < 0 ? 0 : analysis.WindowScale),
            SegmentSize = isSyn ? Option(wire.Options, kind: 2) is { Length: 4 } size ? BinaryPrimitives.ReadUInt16BigEndian(size[2..]) : 0 : 0,
            Analysis = analysis,
        };
        segment.ReadBlocks(Option(wire.Options, kind: 5), analysis.AcknowledgmentBase);
        return segment;
    }

    private void ReadBlocks(ReadOnlySpan<byte> option, uint start)
    {
        for (int at = 2; at + 8 <= option.Length && BlockCount < MostBlocks; at += 8)
        {
            _left[BlockCount] = BinaryPrimitives.ReadUInt32BigEndian(option[at..]) - start;
            _right[BlockCount++] = BinaryPrimitives.ReadUInt32BigEndian(option[(at + 4)..]) - start;
        }
    }

    // The option of a kind, with kind and length; empty if there is none. Source: RFC 9293, section 3.2.
    private static ReadOnlySpan<byte> Option(ReadOnlySpan<byte> options, byte kind)
    {
        for (int at = 0; at < options.Length && options[at] != 0;)
        {
            int size = options[at] == 1 ? 1 : at + 1 < options.Length ? options[at + 1] : 0;
            if (size == 0 || (size == 1 && options[at] != 1) || at + size > options.Length)
                return [];
            if (options[at] == kind)
                return options.Slice(at, size);
            at += size;
        }

        return [];
    }

    [InlineArray(MostBlocks)]
    private struct Edges
    {
        private uint _first;
    }
}

/// <summary>Keeps the TCP segment of the packet that is read, if it has one.</summary>
public sealed class SegmentWatch : ITcpObserver
{
    private StreamSegment _segment;
    private bool _has;

    /// <inheritdoc/>
    public void Segment(in TcpSegmentFacts segment, in TcpAnalysis analysis)
    {
        _segment = StreamSegment.Of(segment, analysis);
        _has = true;
    }

    /// <summary>Takes the segment of the packet that was read last.</summary>
    /// <param name="segment">The segment.</param>
    /// <returns>Whether there was one that was not taken yet.</returns>
    public bool TryTake(out StreamSegment segment)
    {
        segment = _segment;
        bool has = _has;
        _has = false;
        return has;
    }
}
