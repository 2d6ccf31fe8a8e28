using System.Diagnostics;
using NetWhy.Linux;

namespace NetWhy.Paths.Transfer;

/// <summary>Moves octets through one connection, as fast as it goes.</summary>
internal static class TransferStream
{
    private const int Chunk = 256 * 1024;
    private const int NotSentLowWater = 25; // TCP_NOTSENT_LOWAT: a full send buffer would take its time after the end
    private const int LevelTcp = 6; // IPPROTO_TCP

    private static readonly byte[] Content = Noise(); // what cannot be compressed on the way
    private static readonly TimeSpan LongWait = TimeSpan.FromMilliseconds(200);

    /// <summary>Sends until time or octets are used up.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="hello">The bounds.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How long it took; and the error that ended it before.</returns>
    internal static async Task<(TimeSpan Elapsed, Errno Error)> SendAsync(LinuxSocket socket, TransferHello hello, CancellationToken cancellationToken)
    {
        _ = socket.SetOption(LevelTcp, NotSentLowWater, Chunk);
        long begin = Stopwatch.GetTimestamp();
        long sent = 0;
        while (Stopwatch.GetElapsedTime(begin) is var elapsed && elapsed < hello.Time && sent < hello.Octets)
        {
            if (hello.Rate > 0 && sent > hello.Rate * elapsed.TotalSeconds)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(2), cancellationToken);
                continue;
            }

            int size = (int)Math.Min(hello.Rate > 0 ? Math.Min(Chunk, Math.Max(1, hello.Rate / 100)) : Chunk, hello.Octets - sent);
            Errno errno = socket.Send(Content.AsSpan(0, size), out int taken);
            sent += taken;
            if (errno is Errno.EAGAIN)
                await socket.WaitAsync(PollEvents.Write, LongWait, cancellationToken);
            else if (errno is not Errno.OK)
                return (elapsed, errno);
        }

        return (Stopwatch.GetElapsedTime(begin), Errno.OK);
    }

    /// <summary>Receives to the end.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="most">How long at most.</param>
    /// <param name="mostOctets">How much at most.</param>
    /// <param name="tail">Gets the last octets.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many came in what time since the first; whether the end came; and the error that came instead.</returns>
    internal static async Task<(long Octets, TimeSpan Elapsed, bool IsEnd, Errno Error)> ReceiveAsync(
        LinuxSocket socket, TimeSpan most, long mostOctets, byte[] tail, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[Chunk];
        long begin = Stopwatch.GetTimestamp();
        long first = begin;
        TimeSpan last = TimeSpan.Zero;
        long octets = 0;
        while (Stopwatch.GetElapsedTime(begin) < most && octets <= mostOctets)
        {
            Errno errno = socket.Receive(buffer, out int received);
            if (errno is Errno.OK && received == 0)
                return (octets, last, true, Errno.OK);
            if (errno is Errno.OK)
            {
                if (octets == 0)
                    first = Stopwatch.GetTimestamp();
                octets += received;
                last = Stopwatch.GetElapsedTime(first);
                Keep(tail, buffer.AsSpan(0, received));
            }
            else if (errno is Errno.EAGAIN)
            {
                await socket.WaitAsync(PollEvents.Read, LongWait, cancellationToken);
            }
            else
            {
                return (octets, last, false, errno);
            }
        }

        return (octets, last, false, Errno.OK);
    }

    /// <summary>Receives just so many octets.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="octets">Where to.</param>
    /// <param name="patience">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many came.</returns>
    internal static async Task<int> FillAsync(LinuxSocket socket, Memory<byte> octets, TimeSpan patience, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        int filled = 0;
        while (filled < octets.Length && patience - Stopwatch.GetElapsedTime(begin) is var left && left > TimeSpan.Zero)
        {
            Errno errno = socket.Receive(octets.Span[filled..], out int received);
            if (errno is Errno.EAGAIN)
                await socket.WaitAsync(PollEvents.Read, left, cancellationToken);
            else if (errno is not Errno.OK || received == 0)
                break;
            filled += received;
        }

        return filled;
    }

    private static void Keep(byte[] tail, ReadOnlySpan<byte> octets)
    {
        if (octets.Length >= tail.Length)
        {
            octets[^tail.Length..].CopyTo(tail);
            return;
        }

        tail.AsSpan(octets.Length).CopyTo(tail);
        octets.CopyTo(tail.AsSpan(tail.Length - octets.Length));
    }

    private static byte[] Noise()
    {
        byte[] octets = new byte[Chunk];
        Random.Shared.NextBytes(octets);
        return octets;
    }
}
