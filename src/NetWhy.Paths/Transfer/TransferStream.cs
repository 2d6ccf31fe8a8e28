using System.Diagnostics;
using NetWhy.Linux;

namespace NetWhy.Paths.Transfer;

/// <summary>Short messages over a connection.</summary>
internal static class TransferStream
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(20);

    /// <summary>Receives just so many octets.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="octets">Where to.</param>
    /// <param name="patience">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many came.</returns>
    internal static Task<int> FillAsync(LinuxSocket socket, Memory<byte> octets, TimeSpan patience, CancellationToken cancellationToken) =>
        FillAsync(socket, octets, goesOn: null, patience, cancellationToken);

    /// <summary>Receives just so many octets, while there is hope.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="octets">Where to.</param>
    /// <param name="goesOn">Is asked again and again whether there is hope; null for always.</param>
    /// <param name="patience">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many came.</returns>
    internal static async Task<int> FillAsync(
        LinuxSocket socket, Memory<byte> octets, Func<bool>? goesOn, TimeSpan patience, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        int filled = 0;
        while (filled < octets.Length && goesOn?.Invoke() is not false && patience - Stopwatch.GetElapsedTime(begin) is var left && left > TimeSpan.Zero)
        {
            Errno errno = socket.Receive(octets.Span[filled..], out int received);
            if (errno is Errno.EAGAIN)
                await socket.WaitAsync(PollEvents.Read, Shorter(left, goesOn), cancellationToken);
            else if (errno is not Errno.OK || received == 0)
                break;
            filled += received;
        }

        return filled;
    }

    /// <summary>Receives to the end.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="buffer">Where to, again and again.</param>
    /// <param name="took">Is told how many octets of it were filled.</param>
    /// <param name="goesOn">Is asked again and again whether there is hope; null for always.</param>
    /// <param name="patience">How long at most, whatever comes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether the end came.</returns>
    internal static async Task<bool> DrainAsync(LinuxSocket socket, Memory<byte> buffer, Action<int>? took, Func<bool>? goesOn, TimeSpan patience, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (goesOn?.Invoke() is not false && patience - Stopwatch.GetElapsedTime(begin) is var left && left > TimeSpan.Zero)
        {
            cancellationToken.ThrowIfCancellationRequested(); // where there is always something to take, nothing waits
            Errno errno = socket.Receive(buffer.Span, out int received);
            took?.Invoke(received);
            if (errno is Errno.EAGAIN)
                await socket.WaitAsync(PollEvents.Read, Shorter(left, goesOn), cancellationToken);
            else if (received == 0)
                return errno is Errno.OK;
        }

        return false;
    }

    /// <summary>Sends all of some octets, behind those that wait.</summary>
    /// <param name="socket">The connection.</param>
    /// <param name="octets">What.</param>
    /// <param name="patience">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether TCP took all.</returns>
    internal static async Task<bool> SendAsync(LinuxSocket socket, ReadOnlyMemory<byte> octets, TimeSpan patience, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (patience - Stopwatch.GetElapsedTime(begin) is var left && left > TimeSpan.Zero)
        {
            Errno errno = socket.Send(octets.Span, out int taken);
            octets = octets[taken..];
            if (octets.IsEmpty)
                return true;
            if (errno is Errno.EAGAIN)
                await socket.WaitAsync(PollEvents.Write, left, cancellationToken);
            else if (errno is not Errno.OK)
                return false;
        }

        return false;
    }

    private static TimeSpan Shorter(TimeSpan left, Func<bool>? goesOn) => goesOn is null || left < BetweenLooks ? left : BetweenLooks;
}
