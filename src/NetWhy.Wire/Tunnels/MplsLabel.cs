using System.Buffers;
using System.Runtime.InteropServices;

namespace NetWhy.Wire.Tunnels;

/// <summary>An entry of a stack of MPLS labels. The declaration is the wire layout.</summary>
/// <remarks>
/// <code>
/// +---------------------------------------+-----+-+---------------+
/// |                 Label                 | TC  |S|      TTL      |
/// +---------------------------------------+-----+-+---------------+
/// </code>
/// Source: RFC 3032, section 2.1; RFC 5462 (traffic class).
/// </remarks>
/// <param name="Entry">The whole entry.</param>
[StructLayout(LayoutKind.Sequential, Pack = 1, Size = Size)]
public readonly record struct MplsLabel(UInt32BigEndian Entry)
{
    /// <summary>Length of an entry, in octets.</summary>
    public const int Size = 4;

    /// <summary>The label, 20 bits. Source of those below 16: IANA, "Special-Purpose MPLS Label Values".</summary>
    public int Label => (int)(Entry >> 12);

    /// <summary>Traffic class, 0 to 7.</summary>
    public int TrafficClass => (int)(Entry >> 9) & 7;

    /// <summary>Whether no further entry follows.</summary>
    public bool IsBottom => (Entry & 0x100) != 0;

    /// <summary>Hops that the packet may still take.</summary>
    public byte TimeToLive => (byte)Entry;

    /// <summary>Reads the entries from the first to the bottom one.</summary>
    /// <param name="octets">The payload of a frame.</param>
    /// <param name="stack">They, as far as they were captured.</param>
    /// <returns>
    /// <see cref="OperationStatus.Done"/>, or <see cref="OperationStatus.NeedMoreData"/> if the bottom is not among them.
    /// </returns>
    public static OperationStatus ReadStack(ReadOnlySpan<byte> octets, out ReadOnlySpan<MplsLabel> stack)
    {
        stack = MemoryMarshal.Cast<byte, MplsLabel>(octets);
        for (int i = 0; i < stack.Length; i++)
        {
            if (!stack[i].IsBottom)
                continue;
            stack = stack[..(i + 1)];
            return OperationStatus.Done;
        }

        return OperationStatus.NeedMoreData;
    }
}
