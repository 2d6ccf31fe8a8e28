using NetWhy.Wire;

namespace NetWhy.Tools.Tcpdump.Printing;

/// <summary>The first sequence numbers of the TCP connections seen, so that they can be printed relative to them.</summary>
internal sealed class SequenceNumbers
{
    private const int MostConnections = 1 << 20; // then all are forgotten, and numbers are absolute once

    private readonly Dictionary<Connection, (uint Sequence, uint Acknowledgment)> _first = [];

    /// <summary>Makes numbers relative, or remembers them as the first of their connection.</summary>
    /// <param name="source">Address of the sender.</param>
    /// <param name="destination">Address of the receiver.</param>
    /// <param name="sourcePort">Port of the sender.</param>
    /// <param name="destinationPort">Port of the receiver.</param>
    /// <param name="isSyn">Whether a connection begins.</param>
    /// <param name="sequence">The sequence number.</param>
    /// <param name="acknowledgment">The acknowledgment number.</param>
    /// <returns>What numbers in a SACK block are relative to.</returns>
    internal uint Relate(
        ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, ushort sourcePort, ushort destinationPort, bool isSyn,
        ref uint sequence, ref uint acknowledgment)
    {
        if (Find(source, destination, sourcePort, destinationPort, isSyn, sequence, acknowledgment, out uint own, out uint other))
        {
            sequence -= own;
            acknowledgment -= other;
        }

        return other;
    }

    /// <summary>Finds the first numbers of a connection, or remembers these as the first.</summary>
    /// <param name="source">Address of the sender.</param>
    /// <param name="destination">Address of the receiver.</param>
    /// <param name="sourcePort">Port of the sender.</param>
    /// <param name="destinationPort">Port of the receiver.</param>
    /// <param name="isSyn">Whether a connection begins.</param>
    /// <param name="sequence">The sequence number.</param>
    /// <param name="acknowledgment">The acknowledgment number.</param>
    /// <param name="own">The first number of the sender.</param>
    /// <param name="other">The first number of the receiver.</param>
    /// <returns>Whether the connection was known.</returns>
    internal bool Find(
        ReadOnlySpan<byte> source, ReadOnlySpan<byte> destination, ushort sourcePort, ushort destinationPort, bool isSyn,
        uint sequence, uint acknowledgment, out uint own, out uint other)
    {
        bool isReverse = sourcePort > destinationPort || (sourcePort == destinationPort && source.SequenceCompareTo(destination) > 0);
        Connection connection = isReverse
            ? new Connection(AddressNumber.Read(destination), AddressNumber.Read(source), destinationPort, sourcePort)
            : new Connection(AddressNumber.Read(source), AddressNumber.Read(destination), sourcePort, destinationPort);
        bool isKnown = _first.TryGetValue(connection, out (uint Sequence, uint Acknowledgment) first) && !isSyn;
        if (!isKnown)
        {
            if (_first.Count >= MostConnections)
                _first.Clear();
            first = isReverse ? (acknowledgment - 1, sequence) : (sequence, acknowledgment - 1);
            _first[connection] = first;
        }

        (own, other) = isReverse ? (first.Acknowledgment, first.Sequence) : first;
        return isKnown;
    }

    private readonly record struct Connection(AddressNumber Low, AddressNumber High, ushort LowPort, ushort HighPort);
}
