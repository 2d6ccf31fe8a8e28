using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>What a descriptor is ready for. Source: epoll_ctl(2).</summary>
[Flags]
public enum PollEvents
{
    /// <summary>Nothing: the wait timed out.</summary>
    None = 0,

    /// <summary>EPOLLIN.</summary>
    Read = 0x1,

    /// <summary>EPOLLOUT.</summary>
    Write = 0x4,

    /// <summary>EPOLLERR: an error, or something in the error queue. Always watched for.</summary>
    Error = 0x8,

    /// <summary>EPOLLHUP. Always watched for.</summary>
    HangUp = 0x10,
}

/// <summary>Waits for many descriptors on one thread, so that probes overlap without a thread each.</summary>
/// <remarks>
/// System.Net.Sockets would do the same, but loading it costs 25 ms of every start (measured); this costs under 1 ms.
/// One waiter per descriptor at a time. Source: epoll(7).
/// </remarks>
internal static class Poller
{
    private const uint OneShot = 1u << 30; // EPOLLONESHOT: a wait is for one event

    private static readonly ConcurrentDictionary<int, TaskCompletionSource<PollEvents>> Waiters = new();
    private static readonly Lazy<int> Epoll = new(Start);

    /// <summary>Waits until a descriptor is ready.</summary>
    /// <param name="socket">The descriptor; it must stay open meanwhile.</param>
    /// <param name="events">What to wait for.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What it is ready for; <see cref="PollEvents.None"/> after the timeout.</returns>
    internal static async Task<PollEvents> WaitAsync(
        SocketHandle socket, PollEvents events, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var source = new TaskCompletionSource<PollEvents>(TaskCreationOptions.RunContinuationsAsynchronously);
        int descriptor = socket.Descriptor;
        Waiters[descriptor] = source;
        Arm(descriptor, events);
        try
        {
            return await source.Task.WaitAsync(
                timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, cancellationToken);
        }
        catch (TimeoutException)
        {
            return source.Task.IsCompletedSuccessfully ? source.Task.Result : PollEvents.None;
        }
        finally
        {
            Waiters.TryRemove(new(descriptor, source));
        }
    }

    private static unsafe void Arm(int descriptor, PollEvents events)
    {
        var interest = new Libc.epoll_event { events = (uint)events | OneShot, data = (ulong)descriptor };
        if (Libc.epoll_ctl(Epoll.Value, Libc.EPOLL_CTL_MOD, descriptor, &interest) == 0)
            return;
        if (Marshal.GetLastPInvokeError() != (int)Errno.ENOENT
            || Libc.epoll_ctl(Epoll.Value, Libc.EPOLL_CTL_ADD, descriptor, &interest) != 0)
        {
            throw LinuxException.FromLastError("epoll_ctl");
        }
    }

    private static int Start()
    {
        if (RuntimeInformation.ProcessArchitecture is not Architecture.X64)
            throw new PlatformNotSupportedException("netwhy knows the layout of struct epoll_event on x86-64 only");

        int epoll = Libc.epoll_create1(Libc.EPOLL_CLOEXEC);
        if (epoll < 0)
            throw LinuxException.FromLastError("epoll_create1");

        new Thread(() => Loop(epoll)) { IsBackground = true, Name = "poller" }.Start();
        return epoll;
    }

    private static unsafe void Loop(int epoll)
    {
        const int Batch = 64;
        Libc.epoll_event* ready = stackalloc Libc.epoll_event[Batch];
        while (true)
        {
            int count = Libc.epoll_wait(epoll, ready, Batch, milliseconds: -1);
            if (count < 0 && Marshal.GetLastPInvokeError() != (int)Errno.EINTR)
                throw LinuxException.FromLastError("epoll_wait");

            for (int i = 0; i < count; i++)
            {
                if (Waiters.TryGetValue((int)ready[i].data, out TaskCompletionSource<PollEvents>? source))
                    source.TrySetResult((PollEvents)(ready[i].events & 0x1f));
            }
        }
    }
}
