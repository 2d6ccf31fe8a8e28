using System.Diagnostics;
using System.Net;
using NetWhy.Evidence;
using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>Sends a series of echo requests and makes an observation of what came back.</summary>
public static class EchoRun
{
    private const int PayloadSize = 56; // octets, as ping(8) sends

    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    /// <summary>Sends them.</summary>
    /// <param name="address">To whom.</param>
    /// <param name="purpose">Why; see <see cref="EchoSeries.Purpose"/>.</param>
    /// <param name="count">How many.</param>
    /// <param name="interval">How far apart.</param>
    /// <param name="clock">Wall clock, which the kernel stamps replies with.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The observation, or why the kernel allows no echo socket.</returns>
    public static async Task<(EchoSeries? Series, Errno Refusal)> RunAsync(
        IPAddress address, string purpose, int count, TimeSpan interval, TimeProvider clock, CancellationToken cancellationToken)
    {
        Errno errno = EchoSocket.Open(address.AddressFamily, out EchoSocket? socket);
        if (socket is null)
            return (null, errno);

        using (socket)
        {
            var run = new Tally(address, count);
            int size = socket.HeaderSize + PayloadSize;
            long begin = Stopwatch.GetTimestamp();
            Errno refused = Errno.OK;
            int sent = 0;
            for (; sent < count && !run.IsHopeless; sent++)
            {
                run.Sent(sent, clock);
                errno = socket.Send(address, (ushort)(sent + 1), size);
                if (errno is not Errno.OK)
                {
                    refused = errno;
                    if (errno is Errno.EPERM or Errno.ENETUNREACH or Errno.EINVAL or Errno.EACCES)
                        break;
                }

                TimeSpan due = (sent + 1) * interval - Stopwatch.GetElapsedTime(begin);
                await DrainAsync(socket, run, due, () => false, cancellationToken);
            }

            // What has not come after a second, or after several round trips, is lost or of no use.
            long end = Stopwatch.GetTimestamp();
            TimeSpan wait = run.Received == 0
                ? LongestWait
                : TimeSpan.FromTicks(Math.Clamp(3 * run.Longest.Ticks, ShortestWait.Ticks, LongestWait.Ticks));
            if (refused is Errno.OK || run.Received > 0)
                await DrainAsync(socket, run, wait, () => run.IsComplete(sent), cancellationToken);
            return (run.Describe(purpose, sent, refused, Stopwatch.GetElapsedTime(end), size), Errno.OK);
        }
    }

    private static async Task DrainAsync(
        EchoSocket socket, Tally run, TimeSpan patience, Func<bool> isDone, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            while (socket.TryReceive(out EchoAnswer answer))
                run.Take(answer);
            TimeSpan left = patience - Stopwatch.GetElapsedTime(begin);
            if (isDone() || left <= TimeSpan.Zero || run.IsHopeless)
                return;
            if (await socket.WaitAsync(left, cancellationToken) is not PollEvents.None and var events
                && !events.HasFlag(PollEvents.Read))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(1), cancellationToken); // an error that stays readable
            }
        }
    }

    private sealed class Tally(IPAddress address, int count)
    {
        private const int MostErrors = 8;

        private readonly (long Stopwatch, DateTimeOffset Wall)[] _sentAt = new (long, DateTimeOffset)[count];
        private readonly TimeSpan?[] _roundTrips = new TimeSpan?[count];
        private readonly HashSet<IcmpError> _errors = [];
        private int _errorCount;
        private TimeSpan? _errorDelay;
        private int _highest = -1;
        private int _duplicates;
        private int _reordered;
        private int? _ttl;

        internal int Received { get; private set; }

        internal TimeSpan Longest { get; private set; }

        /// <summary>Whether errors answer everything and no reply has come: more of the same tells nothing.</summary>
        internal bool IsHopeless => Received == 0 && _errorCount >= 3;

        internal void Sent(int index, TimeProvider clock) =>
            _sentAt[index] = (Stopwatch.GetTimestamp(), clock.GetUtcNow());

        internal bool IsComplete(int sent) => Received >= sent;

        internal void Take(EchoAnswer answer)
        {
            if (answer.Error is { } error)
            {
                _errorCount++;
                if (error.ToIcmpError() is not { } icmp)
                    return;
                if (_errors.Count < MostErrors)
                    _errors.Add(icmp);
                if (answer.Sequence is { } about && about >= 1 && about <= count && Stopwatch.GetElapsedTime(_sentAt[about - 1].Stopwatch) is var delay && !(delay < _errorDelay))
                    _errorDelay = delay;
                return;
            }

            int index = (answer.Sequence ?? 0) - 1;
            if (index < 0 || index >= count || !answer.Source.Equals(address))
                return;
            if (_roundTrips[index] is not null)
            {
                _duplicates++;
                return;
            }

            // The kernel's stamp leaves out our own scheduling; a step of the wall clock must not spoil it.
            TimeSpan elapsed = Stopwatch.GetElapsedTime(_sentAt[index].Stopwatch);
            TimeSpan stamped = answer.KernelTime is { } time ? time - _sentAt[index].Wall : elapsed;
            TimeSpan roundTrip = stamped > TimeSpan.Zero && stamped < elapsed ? stamped : elapsed;
            _roundTrips[index] = roundTrip;
            Received++;
            Longest = roundTrip > Longest ? roundTrip : Longest;
            if (index < _highest)
                _reordered++;
            _highest = Math.Max(_highest, index);
            _ttl ??= answer.Ttl;
        }

        internal EchoSeries Describe(string purpose, int sent, Errno refused, TimeSpan waited, int size)
        {
            TimeSpan[] times = [.. _roundTrips.OfType<TimeSpan>().Order()];
            return new EchoSeries(address, purpose, size, sent, Received)
            {
                MinRoundTrip = times is [var least, ..] ? least : null,
                MedianRoundTrip = times.Length > 0 ? times[times.Length / 2] : null,
                MaxRoundTrip = times is [.., var most] ? most : null,
                ReplyTtl = _ttl,
                Duplicates = _duplicates,
                Reordered = _reordered,
                Errors = [.. _errors],
                Errno = refused is Errno.OK ? null : refused.ToString(),
                Waited = waited,
                ErrorDelay = _errorDelay,
                LongestLoss = LongestRun(sent),
            };
        }

        private int LongestRun(int sent)
        {
            int longest = 0;
            int run = 0;
            for (int i = 0; i < sent; i++)
            {
                run = _roundTrips[i] is null ? run + 1 : 0;
                longest = Math.Max(longest, run);
            }

            return longest;
        }
    }
}
