using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetWhy.Linux;
using NetWhy.Wire;

namespace NetWhy.Paths;

/// <summary>Sends echo requests at a pace on the calling thread, and takes what comes back.</summary>
/// <remarks>
/// The pace is kept by due times and not by sleeps, so that a late wake-up is made up for and a rate holds. Round trips begin
/// by the wall clock, because the kernel stamps replies by it; a step of that clock meanwhile spoils none: then the monotonic
/// clock counts.
/// </remarks>
/// <param name="socket">Socket to send by.</param>
/// <param name="settings">How.</param>
/// <param name="watcher">Hears what happens.</param>
/// <param name="clock">Wall clock, which the kernel stamps replies with.</param>
public sealed class EchoSender(EchoSocket socket, EchoSeriesSettings settings, IEchoWatcher watcher, TimeProvider clock)
{
    /// <summary>Octets at the begin of the data that hold the time of sending: <c>struct timeval</c>.</summary>
    public const int StampSize = 16;

    private const int LargestReply = 1 << 16;
    private const int Numbers = 1 << 16;
    private static readonly TimeSpan FloodPatience = TimeSpan.FromMilliseconds(10); // a hundred a second, answered or not
    private static readonly TimeSpan LeastBacklog = TimeSpan.FromMilliseconds(10); // what a late wake-up may be made up for
    private static readonly TimeSpan BusyPause = TimeSpan.FromMilliseconds(10);

    private readonly byte[] _message = [.. new byte[IcmpHeader.Size], .. settings.Data.Span];
    private readonly byte[] _buffer = new byte[Math.Min(LargestReply, Math.Max(settings.Data.Length, 128) + 256)];
    private readonly (long Wall, long Monotonic)[] _sentAt = new (long, long)[RingSize(settings)];
    private readonly WaitedDescriptor[] _waited = [new(socket.Socket.Descriptor, PollEvents.Read)];
    private TimeSpan _interval = settings.Interval;
    private long _begin;
    private TimeSpan _due;
    private TimeSpan _lastSent;
    private TimeSpan? _end;
    private TimeSpan _busySince = TimeSpan.MaxValue;

    /// <summary>What became of them so far.</summary>
    public EchoTally Tally { get; } = new();

    /// <summary>Time from the begin to the last request.</summary>
    public TimeSpan Elapsed => _lastSent;

    /// <summary>Time between two requests now, see <see cref="EchoSeriesSettings.IsAdaptive"/>.</summary>
    public TimeSpan Interval => _interval;

    private TimeSpan Now => Stopwatch.GetElapsedTime(_begin);

    private bool HasSentAll => settings.Count is { } count && Tally.Sent >= count && settings.Deadline is null;

    private bool IsDone =>
        (settings.Count is { } count && Tally.Received + Tally.Errors >= count)
        || (settings.Deadline is not null && Tally.Errors > 0);

    /// <summary>Runs until everything is answered, the time is over, or it is cancelled.</summary>
    /// <param name="wait">What to wait by; whoever cancels wakes it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public void Run(DescriptorWait wait, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(wait);
        WarmUp();
        _begin = Stopwatch.GetTimestamp();
        _due = -(settings.Preload - 1) * _interval;
        _end = settings.Deadline;
        while (!cancellationToken.IsCancellationRequested && !IsDone)
        {
            watcher.Idle();
            if (_end <= Now)
                break;
            TimeSpan pause = SendDue(cancellationToken);
            if (IsDone)
                break;
            TimeSpan left = _end is { } end ? end - Now : TimeSpan.MaxValue;
            TimeSpan patience = pause < left ? pause : left;
            if (wait.Wait(_waited, patience == TimeSpan.MaxValue ? Timeout.InfiniteTimeSpan : patience) || _end is not null)
                Drain(cancellationToken);
        }
    }

    // Every number that may be on the way has a place, but a short run does not pay for all of them.
    private static int RingSize(EchoSeriesSettings settings) =>
        settings is { Count: < 1 << 10, Deadline: null } ? 1 << 10 : Numbers;

    private TimeSpan SendDue(CancellationToken cancellationToken)
    {
        while (!HasSentAll && !cancellationToken.IsCancellationRequested)
        {
            TimeSpan now = Now;
            TimeSpan left = Tally.Sent > 0 || settings.Preload > 1 ? TimeUntilDue(now) : TimeSpan.Zero;
            if (left > TimeSpan.Zero)
                return left;
            if (Tally.Sent > 0 && !Tally.HasReply((ushort)Tally.Sent))
                watcher.Unanswered((ushort)Tally.Sent);
            if (!Send(now))
                return BusyPause;
            _lastSent = now;
            if (settings.IsAdaptive)
                _due = now;
            _due += _interval;
            if (_interval == TimeSpan.Zero && !IsDone)
                DrainFlood(cancellationToken);
            if (IsDone)
                break;
        }

        if (HasSentAll)
            ScheduleEnd();
        return TimeSpan.MaxValue;
    }

    private TimeSpan TimeUntilDue(TimeSpan now)
    {
        if (_interval == TimeSpan.Zero)
            return Tally.Sent > 0 && Tally.InFlight >= settings.Preload ? FloodPatience - (now - _lastSent) : TimeSpan.Zero;
        TimeSpan backlog = settings.Preload * _interval;
        backlog = backlog > LeastBacklog ? backlog : LeastBacklog;
        if (_due < now - backlog)
            _due = now - backlog;
        return _due - now;
    }

    private void ScheduleEnd()
    {
        if (_end is not null)
            return;
        if (Tally.Received == 0 && settings.Linger == TimeSpan.Zero)
            return;
        TimeSpan wait = settings.Linger;
        if (Tally.Received > 0)
        {
            TimeSpan twice = TimeSpan.FromMicroseconds(2 * Tally.Most);
            wait = twice > _interval ? twice : _interval;
        }

        _end = Now + wait;
    }

    // False if the kernel has no room at the moment: the same request is due again.
    private bool Send(TimeSpan now)
    {
        ushort sequence = Tally.Begin();
        Errno errno = SendOnce(sequence, settings.Destination);
        if (errno is not Errno.OK && TakeErrors(out bool hasOwn))
        {
            // An ICMP error about an earlier request fails the call, and this request has not left; one of this machine is about it.
            if (hasOwn)
            {
                Tally.End();
                return true;
            }

            if (!IsDone)
                errno = SendOnce(sequence, settings.Destination);
        }

        if (errno is Errno.EAGAIN or Errno.ENOBUFS or Errno.ENOMEM)
        {
            _busySince = _busySince < now ? _busySince : now;
            TimeSpan patience = settings.Linger > TimeSpan.Zero ? settings.Linger : TimeSpan.FromSeconds(10);
            if (now - _busySince < patience)
                return false;
        }

        _busySince = TimeSpan.MaxValue;
        Tally.End();
        if (errno is Errno.OK)
            watcher.Sent();
        else
            watcher.Refused(sequence, errno);
        return true;
    }

    private Errno SendOnce(ushort sequence, IPAddress destination)
    {
        long ticks = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks;
        if (settings.Data.Length >= StampSize)
        {
            Span<byte> stamp = _message.AsSpan(IcmpHeader.Size, StampSize);
            long seconds = ticks / TimeSpan.TicksPerSecond;
            MemoryMarshal.Write(stamp, seconds);
            MemoryMarshal.Write(stamp[8..], ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond);
        }

        _sentAt[sequence & (_sentAt.Length - 1)] = (ticks, Stopwatch.GetTimestamp());
        return socket.Send(destination, sequence, _message);
    }

    // The first call of everything costs up to milliseconds, which would count as the first round trip: the kernel refuses
    // an address of the other family, and nothing leaves.
    private void WarmUp()
    {
        IPAddress other = socket.Socket.Family is AddressFamily.InterNetworkV6 ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        _ = SendOnce(sequence: 0, other);
        _sentAt[0] = default;
    }

    private void Drain(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && !IsDone && socket.TryReceiveMessage(_buffer, out EchoMessage message))
        {
            if (message.IsReply)
                TakeReply(message);
            else
                watcher.Redirected(message);
        }

        if ((_waited[0].Ready & PollEvents.Error) != 0)
            TakeErrors(out _);
    }

    // What answers at once must not find the next request on its way already.
    private void DrainFlood(CancellationToken cancellationToken)
    {
        Drain(cancellationToken);
        if (Tally.InFlight > 0)
            TakeErrors(out _);
    }

    private void TakeReply(EchoMessage message)
    {
        long? roundTrip = RoundTrip(message);
        int? altered = message.IsDamaged ? null : Altered(message.Data);
        EchoStanding standing = Tally.CountReply(message.Sequence, roundTrip, message.IsDamaged, altered is not null);
        if (settings.IsAdaptive && roundTrip is not null && standing is not EchoStanding.Corrupted)
            Adapt();
        watcher.Replied(message, roundTrip, standing, altered);
    }

    private void Adapt()
    {
        // Half a millisecond and less is no pause at all, as in ping(8).
        var interval = TimeSpan.FromMilliseconds((Tally.Smoothed + 500) / 1000);
        _interval = interval > settings.LeastInterval ? interval : settings.LeastInterval;
        _due = _lastSent + _interval;
    }

    private long? RoundTrip(EchoMessage message)
    {
        (long wall, long monotonic) = _sentAt[message.Sequence & (_sentAt.Length - 1)];
        if (wall == 0)
            return null; // nobody asked: a reply to an earlier run with the same identifier
        TimeSpan elapsed = Stopwatch.GetElapsedTime(monotonic);
        if (settings.EndsWhenRead || message.KernelTime is not { } time)
            return elapsed.Ticks / TimeSpan.TicksPerMicrosecond;
        // The kernel's stamp leaves out our own scheduling; a step of the wall clock must not spoil it.
        long stamped = (time - DateTimeOffset.UnixEpoch).Ticks - wall;
        return (stamped >= 0 && stamped <= elapsed.Ticks ? stamped : elapsed.Ticks) / TimeSpan.TicksPerMicrosecond;
    }

    private int? Altered(ReadOnlySpan<byte> data)
    {
        ReadOnlySpan<byte> sent = settings.Data.Span;
        if (sent.Length <= StampSize || data.Length < sent.Length)
            return null; // a reply that is short is its own matter
        int same = data[StampSize..].CommonPrefixLength(sent[StampSize..]);
        return same < sent.Length - StampSize ? StampSize + same : null;
    }

    // The kernel says the zone of an address where the caller may have left it out.
    private bool IsDestination(IPAddress address) =>
        address.Equals(settings.Destination) || address.GetAddressBytes().AsSpan().SequenceEqual(settings.Destination.GetAddressBytes());

    private bool TakeErrors(out bool hasOwn)
    {
        hasOwn = false;
        bool hasAny = false;
        while (socket.TryReceiveError(out EchoAnswer answer) && answer.Error is { } error)
        {
            if (error.IsIcmp && !IsDestination(error.Destination))
                continue;
            hasAny = true;
            hasOwn |= !error.IsIcmp;
            Tally.CountError(answer.Sequence);
            watcher.Failed(error, answer.Sequence);
        }

        return hasAny;
    }
}
