using System.Runtime.CompilerServices;
using NetWhy.Wire;

namespace NetWhy.Analysis.Tcp;

/// <summary>The two ends of a conversation, whichever of them sends: the lower one and the higher one.</summary>
internal readonly struct ConversationEnds
{
    private static readonly ulong Key = (ulong)Random.Shared.NextInt64(); // who does not know it cannot make all conversations collide

    private readonly AddressNumber _low;
    private readonly AddressNumber _high;
    private readonly ushort _lowPort;
    private readonly ushort _highPort;
    private readonly bool _isIpv6;

    private ConversationEnds(in TcpEndpoint low, in TcpEndpoint high)
    {
        _low = low.Address;
        _high = high.Address;
        _lowPort = low.Port;
        _highPort = high.Port;
        _isIpv6 = low.IsIpv6;
    }

    /// <summary>The lower end.</summary>
    internal TcpEndpoint Low => new(_low, _lowPort, _isIpv6);

    /// <summary>The higher end.</summary>
    internal TcpEndpoint High => new(_high, _highPort, _isIpv6);

    /// <summary>What conversations are found by.</summary>
    internal uint Hash
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (uint)(LongHash >> 32);
    }

    /// <summary>A hash that hardly two conversations share.</summary>
    internal ulong LongHash
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            const ulong Odd = 0x9E3779B97F4A7C15; // 2^64 over the golden ratio
            ulong hash = Key ^ _low.Low ^ (_low.High * Odd);
            hash = (hash ^ (hash >> 32)) * Odd;
            hash ^= _high.Low ^ (_high.High * Odd);
            hash = (hash ^ (hash >> 32)) * Odd;
            hash ^= ((ulong)_lowPort << 16) | _highPort;
            hash *= Odd;
            return hash;
        }
    }

    /// <summary>The ends of a segment.</summary>
    /// <param name="source">Who sent it.</param>
    /// <param name="destination">Whom it was sent to: by the same version of IP.</param>
    /// <param name="isLowToHigh">Whether the lower end sent it.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ConversationEnds Of(in TcpEndpoint source, in TcpEndpoint destination, out bool isLowToHigh)
    {
        isLowToHigh = source < destination;
        return isLowToHigh ? new ConversationEnds(source, destination) : new ConversationEnds(destination, source);
    }

    /// <summary>Whether they are the same.</summary>
    /// <param name="other">The others.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool IsSame(in ConversationEnds other) =>
        _low.Low == other._low.Low && _high.Low == other._high.Low && _lowPort == other._lowPort && _highPort == other._highPort
        && _isIpv6 == other._isIpv6 && _low.High == other._low.High && _high.High == other._high.High;
}
