using NetWhy.Capture.Files;

namespace NetWhy.Analysis.Flows;

/// <summary>A packet that waits for earlier ones.</summary>
/// <param name="Number">Its number in the file, from 1.</param>
/// <param name="Nanoseconds">When it passed.</param>
/// <param name="Interface">The interface that it passed.</param>
/// <param name="Octets">What was captured of it.</param>
/// <param name="OriginalLength">What it was long, in octets.</param>
internal sealed record WaitingPacket(uint Number, long Nanoseconds, CaptureInterface Interface, byte[] Octets, uint OriginalLength);

/// <summary>Gives the packets of a capture in the order of their times. What waits is bounded, so that a packet that stands too far behind comes late.</summary>
/// <param name="reader">The capture.</param>
internal sealed class TimeOrder(CaptureReader reader)
{
    private const long MostOctets = 64 << 20;
    private const int Overhead = 128; // of a packet, in octets

    private readonly PriorityQueue<WaitingPacket, (long Nanoseconds, uint Number)> _waiting = new();
    private uint _number;

    /// <summary>The packets, as far as the capture is sound.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    internal IEnumerable<WaitingPacket> Packets(CancellationToken cancellationToken)
    {
        long octets = 0;
        while (Next() is { } next)
        {
            cancellationToken.ThrowIfCancellationRequested();
            octets += next.Octets.Length + Overhead;
            _waiting.Enqueue(next, (next.Nanoseconds, next.Number));
            while (octets > MostOctets)
            {
                WaitingPacket first = _waiting.Dequeue();
                octets -= first.Octets.Length + Overhead;
                yield return first;
            }
        }

        while (_waiting.TryDequeue(out WaitingPacket? packet, out _))
            yield return packet;
    }

    private WaitingPacket? Next()
    {
        try
        {
            return reader.Read(out PacketRecord record)
                ? new WaitingPacket(++_number, record.Nanoseconds, record.Interface, record.Octets.ToArray(), record.OriginalLength)
                : null;
        }
        catch (CaptureFormatException)
        {
            return null; // who read it before said why
        }
    }
}
