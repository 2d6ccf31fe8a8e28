using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>A descriptor to wait for, and what it turned out to be ready for.</summary>
/// <param name="Descriptor">Its number; a negative one is left out.</param>
/// <param name="Wanted">What to wait for; errors and hang-ups are always included.</param>
public record struct WaitedDescriptor(int Descriptor, PollEvents Wanted)
{
    /// <summary>What it is ready for.</summary>
    public PollEvents Ready { get; internal set; }
}

/// <summary>Lets one thread wait for descriptors with the resolution of the kernel's timers, until another wakes it.</summary>
/// <remarks>
/// For a tool that does one thing at a time: it starts no thread, and a packet wakes the thread that reads it. What others
/// wake it for, such as a signal, they say themselves. Source: ppoll(2), eventfd(2).
/// </remarks>
public sealed unsafe class DescriptorWait : IDisposable
{
    private const int OnStack = 64;
    private const long LongestSeconds = 1_000_000_000; // the kernel takes no more than its clock can hold

    private readonly Lock _lock = new();
    private int _event; // -1 once it is closed

    /// <summary>Makes one.</summary>
    /// <exception cref="LinuxException">No descriptor is left.</exception>
    public DescriptorWait()
    {
        _event = Libc.eventfd(0, Libc.EFD_NONBLOCK | Libc.EFD_CLOEXEC);
        if (_event < 0)
            throw LinuxException.FromLastError("eventfd");
    }

    /// <summary>Ends the wait that runs, or else the next one. From any thread, also when it is over.</summary>
    public void Wake()
    {
        ulong one = 1;
        lock (_lock) // the number may be another's once it is closed
        {
            if (_event >= 0)
                _ = Libc.write(_event, (byte*)&one, sizeof(ulong)); // it fails when it was woken often enough already
        }
    }

    /// <summary>Waits until one of them is ready, somebody wakes it, or the time is over.</summary>
    /// <param name="descriptors">The descriptors.</param>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <returns>Whether one of them is ready.</returns>
    public bool Wait(Span<WaitedDescriptor> descriptors, TimeSpan timeout)
    {
        int count = descriptors.Length + 1;
        Span<Libc.PollDescriptor> asked = count <= OnStack ? stackalloc Libc.PollDescriptor[OnStack] : new Libc.PollDescriptor[count];
        for (int i = 0; i < descriptors.Length; i++)
            asked[i] = new() { Descriptor = descriptors[i].Descriptor, Events = (short)descriptors[i].Wanted };
        asked[count - 1] = new() { Descriptor = _event, Events = (short)PollEvents.Read };
        int ready = Libc.ppoll(asked, (nuint)count, TimeOf(timeout), signalMask: 0);
        bool isOne = false;
        for (int i = 0; i < descriptors.Length; i++)
        {
            descriptors[i].Ready = ready > 0 ? (PollEvents)asked[i].Returned : PollEvents.None;
            isOne |= descriptors[i].Ready is not PollEvents.None;
        }

        if (ready > 0 && asked[count - 1].Returned != 0)
        {
            ulong times;
            _ = Libc.read(_event, (byte*)&times, sizeof(ulong));
        }

        return isOne;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_event >= 0)
                _ = Libc.close(_event);
            _event = -1;
        }
    }

    private static Libc.TimeSpec TimeOf(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan)
            return new() { Seconds = LongestSeconds };
        long ticks = Math.Clamp(timeout.Ticks, 0, LongestSeconds * TimeSpan.TicksPerSecond);
        return new() { Seconds = ticks / TimeSpan.TicksPerSecond, Nanoseconds = ticks % TimeSpan.TicksPerSecond * 100 };
    }
}
