using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using NetWhy.Analysis.Flows;
using NetWhy.App.Render;
using NetWhy.Capture.Files;
using NetWhy.Capture.Live;

namespace NetWhy.App.Commands;

/// <summary>Analyses what passes interfaces. On a terminal the verdict so far is shown again and again.</summary>
internal sealed class LiveAnalysis : IDisposable
{
    private const int LookForEnd = 100; // ms between two looks at whether the user wants to end
    private const int CostShare = 10; // of ten seconds one at most goes into showing: packets wait meanwhile

    private static readonly TimeSpan UsualInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastPackets = TimeSpan.FromMilliseconds(250); // the longest time of a block, and then some

    private readonly ImmutableArray<InterfaceListener> _listeners;
    private readonly CaptureStyle _style;
    private readonly string _name;
    private readonly CaptureAnalyzer _analyzer = new(new CaptureAnalyzerOptions());
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly bool _isWatched;
    private readonly PacketHandler _take;
    private long _left;
    private long _end = long.MaxValue; // nanoseconds since 1970

    /// <summary>Begins.</summary>
    /// <param name="listeners">The interfaces, which it closes.</param>
    /// <param name="style">How to show it.</param>
    internal LiveAnalysis(ImmutableArray<InterfaceListener> listeners, CaptureStyle style)
    {
        _listeners = listeners;
        _style = style;
        _name = string.Join(", ", listeners.Select(listener => listener.Interface.Name));
        _isWatched = !style.AsJson && Terminal.CanRedraw;
        _take = Take;
    }

    /// <summary>Listens until the end.</summary>
    /// <param name="count">Packets after which it is enough.</param>
    /// <param name="duration">Time after which it is enough; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What to exit with.</returns>
    internal int Run(long count, TimeSpan? duration, CancellationToken cancellationToken)
    {
        _left = count;
        if (!_isWatched)
            Terminal.WriteError($"listening on {_name}; {(duration is null && count == long.MaxValue ? "Ctrl-C ends and gives the verdict" : "Ctrl-C ends before that")}", "analyze");
        string? damage = null;
        try
        {
            Listen(duration, cancellationToken);
        }
        catch (InterfaceException refusal)
        {
            damage = refusal.Message;
        }

        Drain();
        Terminal.Restore();
        return CaptureReport.Write(Shown(damage), _style);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (InterfaceListener listener in _listeners)
            listener.Dispose();
    }

    private void Listen(TimeSpan? duration, CancellationToken cancellationToken)
    {
        TimeSpan next = TimeSpan.Zero; // since the start
        while (_left > 0 && !cancellationToken.IsCancellationRequested)
        {
            TimeSpan now = Stopwatch.GetElapsedTime(_start);
            if (now >= duration)
                return;
            if (_isWatched && now >= next)
            {
                Show(now);
                TimeSpan cost = Stopwatch.GetElapsedTime(_start) - now;
                next = now + (cost * CostShare > UsualInterval ? cost * CostShare : UsualInterval);
            }

            // One after the other is enough: each wait is short, and packets wait in the rings meanwhile.
            if (!TakeBlocks())
                WaitFor(Math.Min((duration - now)?.TotalMilliseconds ?? LookForEnd, LookForEnd));
        }
    }

    private void WaitFor(double milliseconds)
    {
        foreach (InterfaceListener listener in _listeners)
            listener.Wait((int)Math.Max(1, milliseconds / _listeners.Length));
    }

    // One block of each: then it is time to look around.
    private bool TakeBlocks()
    {
        bool hasTaken = false;
        foreach (InterfaceListener listener in _listeners)
        {
            if (_left == 0 || !listener.HasBlock)
                continue;
            hasTaken = true;
            listener.Take(_take);
            listener.Release();
        }

        return hasTaken;
    }

    // Packets that came before the end are in blocks still, the last ones in one that the kernel closes when its time is over. On a busy
    // interface more come meanwhile, which nobody asked for.
    private void Drain()
    {
        long start = Stopwatch.GetTimestamp();
        _end = Now();
        List<InterfaceListener> busy = [.. _listeners];
        while (_left > 0 && busy.Count > 0 && Stopwatch.GetElapsedTime(start) < LastPackets)
            busy.RemoveAll(listener => !TakeBlockBeforeEnd(listener));
    }

    private bool TakeBlockBeforeEnd(InterfaceListener listener)
    {
        listener.WaitForLast(10);
        if (_left == 0 || !listener.HasBlock)
            return false;
        bool goesOn = listener.Take(_take);
        listener.Release();
        return goesOn;
    }

    private bool Take(in PacketRecord packet)
    {
        if (packet.Nanoseconds > _end)
            return false;
        _analyzer.Read(packet);
        return --_left > 0;
    }

    private ShownCapture Shown(string? damage)
    {
        long now = Now();
        foreach (InterfaceListener listener in _listeners)
            listener.Interface.Count(now, listener.Statistics.Received, listener.Statistics.Dropped);
        return new ShownCapture(Captures.Judge(_analyzer.Finish(_name, damage, now)), [], Stopwatch.GetElapsedTime(_start));
    }

    // Nanoseconds since 1970, as packets have them.
    private static long Now() => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick;

    private void Show(TimeSpan now)
    {
        Page page = CaptureReport.Of(Shown(damage: null), _style.IsVerbose, Terminal.Screen);
        string status = string.Create(CultureInfo.InvariantCulture, $"listening for {now.TotalSeconds:0} s; Ctrl-C ends, and the verdict stays");
        Terminal.Redraw(page.ToText(Terminal.HasColour(_style.RefusesColour)), status);
    }
}
