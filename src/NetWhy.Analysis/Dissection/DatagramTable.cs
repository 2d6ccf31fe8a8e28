using NetWhy.Analysis.Tcp;

namespace NetWhy.Analysis.Dissection;

/// <summary>Numbers what is sent between two ends by UDP, as Wireshark does. How many ends are remembered is bounded.</summary>
internal sealed class DatagramTable
{
    private const int MostStreams = 1 << 16;

    private readonly Generations<TransactionKey, Stream> _streams = new(MostStreams, _ => { });
    private int _next;

    /// <summary>Notes a datagram.</summary>
    /// <param name="source">Who sent it.</param>
    /// <param name="destination">Whom it was sent to.</param>
    /// <param name="nanoseconds">When it passed.</param>
    /// <param name="isQuoted">Whether an ICMP error quotes it: it is no datagram that the next one follows.</param>
    /// <returns>The number of its stream, and when its first packet and the one before this passed.</returns>
    internal (int Number, long First, long Previous) Add(TcpEndpoint source, TcpEndpoint destination, long nanoseconds, bool isQuoted)
    {
        Stream stream = _streams.Of(TransactionKey.Of(source, destination, 0));
        if (!stream.IsKnown)
        {
            stream.IsKnown = true;
            stream.Number = _next++;
            stream.First = nanoseconds;
            stream.Last = nanoseconds;
        }

        long previous = stream.Last;
        if (!isQuoted)
            stream.Last = nanoseconds;
        return (stream.Number, stream.First, previous);
    }

    private sealed class Stream
    {
        internal bool IsKnown { get; set; }

        internal int Number { get; set; }

        internal long First { get; set; }

        internal long Last { get; set; }
    }
}
