using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Capture.Files;

namespace NetWhy.Tools.Tshark;

/// <summary>A packet that is printed or counted.</summary>
internal readonly ref struct ShownPacket
{
    /// <summary>Its number in the capture, from 1.</summary>
    internal required long Number { get; init; }

    /// <summary>The packet as captured.</summary>
    internal required PacketRecord Record { get; init; }

    /// <summary>Its fields.</summary>
    internal required DissectedPacket Fields { get; init; }

    /// <summary>What it is about; empty if no printer asked.</summary>
    internal required PacketSummary? Summary { get; init; }

    /// <summary>Nanoseconds since the first packet of the capture.</summary>
    internal required long SinceFirst { get; init; }

    /// <summary>Nanoseconds since the packet before.</summary>
    internal required long SincePrevious { get; init; }

    /// <summary>Nanoseconds since the packet before that was shown.</summary>
    internal required long SinceDisplayed { get; init; }
}

/// <summary>Prints packets, or counts them and prints what came out.</summary>
internal interface IShownSink
{
    /// <summary>Whether it prints what packets are about.</summary>
    bool NeedsSummary => false;

    /// <summary>Whether it takes packets too that the display filter holds back: statistics have filters of their own.</summary>
    bool SeesAll => false;

    /// <summary>Whether it shows what was said on a stream: of a capture none of whose links is read, it has nothing to show.</summary>
    bool Follows => false;

    /// <summary>Asks for the fields that it reads.</summary>
    /// <param name="fields">Where to ask.</param>
    void Want(PacketFields fields);

    /// <summary>Prints what comes before the first packet.</summary>
    /// <param name="output">Where to.</param>
    void Begin(System.Buffers.IBufferWriter<byte> output)
    {
        // Most begin with a packet.
    }

    /// <summary>Takes a packet.</summary>
    /// <param name="packet">The packet: valid until this returns.</param>
    /// <param name="output">Where to print.</param>
    void Take(in ShownPacket packet, System.Buffers.IBufferWriter<byte> output);

    /// <summary>Prints what comes behind the last packet.</summary>
    /// <param name="output">Where to.</param>
    void End(System.Buffers.IBufferWriter<byte> output)
    {
        // Most end with a packet.
    }
}
