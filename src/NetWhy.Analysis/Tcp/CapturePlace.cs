namespace NetWhy.Analysis.Tcp;

/// <summary>Which way a packet went where it was captured.</summary>
public enum CaptureWay : byte
{
    /// <summary>The capture does not say.</summary>
    Unknown,

    /// <summary>Into the machine that captured it.</summary>
    In,

    /// <summary>Out of that machine.</summary>
    Out,
}

/// <summary>Where a packet was seen, as a cooked header says (LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2).</summary>
/// <param name="Interface">Index of the interface; 0 if the capture does not say.</param>
/// <param name="Way">Which way it went there.</param>
public readonly record struct CapturePlace(uint Interface, CaptureWay Way)
{
    /// <summary>The place of a packet.</summary>
    /// <param name="interfaceIndex">Index of the interface; 0 if the capture does not say.</param>
    /// <param name="packetType">Its type in the cooked header.</param>
    /// <param name="hardwareType">Type of the interface there.</param>
    internal static CapturePlace Of(uint interfaceIndex, uint packetType, uint hardwareType)
    {
        const uint Outgoing = 4; // PACKET_OUTGOING of linux/if_packet.h
        const uint Loopback = 772; // ARPHRD_LOOPBACK of linux/if_arp.h: what comes in there was sent by the same machine
        return new CapturePlace(interfaceIndex, hardwareType == Loopback ? CaptureWay.Unknown : packetType == Outgoing ? CaptureWay.Out : packetType < Outgoing ? CaptureWay.In : CaptureWay.Unknown);
    }
}
