using System.Buffers;
using System.Net;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Netlink;

/// <summary>The fixed part of messages about neighbours.</summary>
/// <remarks>Source: <c>struct ndmsg</c> in linux/neighbour.h.</remarks>
/// <param name="Family"><c>AF_INET</c> or <c>AF_INET6</c>; 0 in a question asks for both.</param>
/// <param name="Padding1">Always 0.</param>
/// <param name="Padding2">Always 0.</param>
/// <param name="Index">Interface index.</param>
/// <param name="State">State of the entry.</param>
/// <param name="Flags">NTF_ flags; 0x80 says that the neighbour is a router.</param>
/// <param name="Type">Route type of the address.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct NeighbourHeader(
    byte Family, byte Padding1, ushort Padding2, int Index, NeighbourStates State, byte Flags, byte Type)
{
    /// <summary>Length of the fixed part, in octets.</summary>
    public const int Size = 12;
}

/// <summary>State of a neighbour entry: one bit each. Source: linux/neighbour.h, NUD_.</summary>
[Flags]
public enum NeighbourStates : ushort
{
    /// <summary>No resolution was begun.</summary>
    None = 0,

    /// <summary>Being resolved; no answer yet.</summary>
    Incomplete = 0x01,

    /// <summary>Confirmed lately.</summary>
    Reachable = 0x02,

    /// <summary>Known, not confirmed lately.</summary>
    Stale = 0x04,

    /// <summary>In use again, waits a little for confirmation.</summary>
    Delay = 0x08,

    /// <summary>Being asked again.</summary>
    Probe = 0x10,

    /// <summary>Nobody answered.</summary>
    Failed = 0x20,

    /// <summary>The interface needs no resolution.</summary>
    NoArp = 0x40,

    /// <summary>Set by hand.</summary>
    Permanent = 0x80,
}

/// <summary>One neighbour, as <c>RTM_NEWNEIGH</c> describes it.</summary>
/// <remarks>Source: linux/neighbour.h.</remarks>
/// <param name="Header">The fixed part.</param>
/// <param name="Address">Its address.</param>
/// <param name="HardwareAddress">Its link-layer address; null if not resolved.</param>
public sealed record NeighbourMessage(NeighbourHeader Header, IPAddress Address, string? HardwareAddress)
{
    /// <summary>Whether the neighbour says that it is a router (NTF_ROUTER).</summary>
    public bool IsRouter => (Header.Flags & 0x80) != 0;

    /// <summary>Whether a control plane put it there, as of an overlay network (NTF_EXT_LEARNED).</summary>
    public bool IsLearnedElsewhere => (Header.Flags & 0x10) != 0;

    /// <summary>The state in lower case, as ip-neighbour(8) names it.</summary>
    public string StateName => Header.State switch
    {
        NeighbourStates.None => "none",
        NeighbourStates.Incomplete => "incomplete",
        NeighbourStates.Reachable => "reachable",
        NeighbourStates.Stale => "stale",
        NeighbourStates.Delay => "delay",
        NeighbourStates.Probe => "probe",
        NeighbourStates.Failed => "failed",
        NeighbourStates.NoArp => "noarp",
        NeighbourStates.Permanent => "permanent",
        _ => "unknown",
    };

    /// <summary>Reads the payload of an <c>RTM_NEWNEIGH</c>.</summary>
    /// <param name="payload">The octets after the netlink header.</param>
    /// <param name="neighbour">The neighbour; null if the payload is cut short or names no address.</param>
    public static OperationStatus Read(ReadOnlySpan<byte> payload, out NeighbourMessage? neighbour)
    {
        neighbour = null;
        if (payload.Length < NeighbourHeader.Size)
            return OperationStatus.NeedMoreData;

        IPAddress? address = null;
        string? hardware = null;
        var attributes = new NetlinkAttributes(payload[NeighbourHeader.Size..]);
        while (attributes.Read())
        {
            switch (attributes.Type)
            {
                case 1: // NDA_DST
                    address = attributes.Address;
                    break;
                case 2: // NDA_LLADDR
                    hardware = attributes.HardwareAddress;
                    break;
            }
        }

        if (address is null)
            return OperationStatus.InvalidData;

        neighbour = new NeighbourMessage(MemoryMarshal.Read<NeighbourHeader>(payload), address, hardware);
        return OperationStatus.Done;
    }
}
