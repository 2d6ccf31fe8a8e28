using System.Diagnostics;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>Sends echo requests of given sizes and counts, size by size, what was answered.</summary>
public static class SizedRun
{
    private static int _sequence = Random.Shared.Next(1 << 15); // runs that share a socket must not mistake late replies

    /// <summary>Sends them in the order given.</summary>
    /// <param name="socket">Socket to send by.</param>
    /// <param name="address">To whom.</param>
    /// <param name="sizes">Sizes of the IP packets, in octets; a size may come several times.</param>
    /// <param name="interval">How far apart.</param>
    /// <param name="wait">How long to wait for answers after the last.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One entry for each distinct size, in order of first use.</returns>
    public static async Task<SizeTrial[]> RunAsync(
        EchoSocket socket,
        IPAddress address,
        int[] sizes,
        TimeSpan interval,
        TimeSpan wait,
        CancellationToken cancellationToken)
    {
        ushort start = (ushort)Interlocked.Add(ref _sequence, sizes.Length + 1);
        var trials = sizes.Distinct().ToDictionary(size => size, size => new SizeTrial(size, 0, 0));
        bool[] answered = new bool[sizes.Length];
        for (int i = 0; i < sizes.Length; i++)
        {
            Errno errno = socket.Send(address, (ushort)(start + i), sizes[i]);
            SizeTrial trial = trials[sizes[i]];
            trials[sizes[i]] = trial with
            {
                Sent = trial.Sent + 1,
                Errno = errno is Errno.OK ? trial.Errno : errno.ToString(),
            };
            await DrainAsync(interval, () => false);
        }

        await DrainAsync(wait, () => answered.All(yes => yes));
        return [.. sizes.Distinct().Select(size => trials[size])];

        async Task DrainAsync(TimeSpan patience, Func<bool> isDone)
        {
            long begin = Stopwatch.GetTimestamp();
            while (true)
            {
                while (socket.TryReceive(out EchoAnswer answer))
                    Take(answer);
                TimeSpan left = patience - Stopwatch.GetElapsedTime(begin);
                if (isDone() || left <= TimeSpan.Zero)
                    return;
                if (await socket.WaitAsync(left, cancellationToken) is var events && !events.HasFlag(PollEvents.Read))
                    await Task.Delay(TimeSpan.FromMilliseconds(1), cancellationToken);
            }
        }

        void Take(EchoAnswer answer)
        {
            int index = (ushort)((answer.Sequence ?? 0) - start);
            if (answer.Sequence is null || index >= sizes.Length)
                return;
            SizeTrial trial = trials[sizes[index]];
            if (answer.Error is { } error)
            {
                trials[sizes[index]] = trial with { Error = error.ToIcmpError() };
                answered[index] = true;
            }
            else if (answer.Source.Equals(address) && !answered[index])
            {
                answered[index] = true;
                trials[sizes[index]] = trial with { Answered = trial.Answered + 1 };
            }
        }
    }
}
