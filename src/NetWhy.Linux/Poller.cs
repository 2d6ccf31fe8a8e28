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

    // By number of the wait, not by descriptor: an event of a descriptor that was closed wakes nobody who got its number.
    private static readonly ConcurrentDictionary<ulong, TaskCompletionSource<PollEvents>> Waiters = new();
    private static readonly Lazy<int> Epoll = new(Start);
    private static ulong _lastWait;

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
        ulong wait = Interlocked.Increment(ref _lastWait);
        Waiters[wait] = source;
        try
        {
            Arm(socket.Descriptor, events, wait);
            return await source.Task.WaitAsync(
                timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero, cancellationToken);
        }
        catch (TimeoutException)
        {
            return source.Task.IsCompletedSuccessfully ? source.Task.Result : PollEvents.None;
        }
        finally
        {
            Waiters.TryRemove(wait, out _);
        }
    }

    private static unsafe void Arm(int descriptor, PollEvents events, ulong wait)
    {
        byte* interest = stackalloc byte[EpollEvent.LargestSize];
        EpollEvent.Layout.Write(new Span<byte>(interest, EpollEvent.LargestSize), (uint)events | OneShot, wait);
        if (Libc.epoll_ctl(Epoll.Value, Libc.EPOLL_CTL_MOD, descriptor, interest) == 0)
            return;
        if (Marshal.GetLastPInvokeError() != (int)Errno.ENOENT
            || Libc.epoll_ctl(Epoll.Value, Libc.EPOLL_CTL_ADD, descriptor, interest) != 0)
        {
            throw LinuxException.FromLastError("epoll_ctl");
        }
    }

    private static int Start()
    {
        int epoll = Libc.epoll_create1(Libc.EPOLL_CLOEXEC);
        if (epoll < 0)
            throw LinuxException.FromLastError("epoll_create1");

        new Thread(() => Loop(epoll)) { IsBackground = true, Name = "poller" }.Start();
        return epoll;
    }

    private static unsafe void Loop(int epoll)
    {
        const int Batch = 64;
        EpollEvent layout = EpollEvent.Layout;
        byte* ready = stackalloc byte[Batch * EpollEvent.LargestSize];
        while (true)
        {
            int count = Libc.epoll_wait(epoll, ready, Batch, milliseconds: -1);
            if (count < 0 && Marshal.GetLastPInvokeError() != (int)Errno.EINTR)
                throw LinuxException.FromLastError("epoll_wait");

            for (int i = 0; i < count; i++)
            {
                (uint events, ulong wait) = layout.Read(new ReadOnlySpan<byte>(ready + i * layout.Size, layout.Size));
                if (Waiters.TryGetValue(wait, out TaskCompletionSource<PollEvents>? source))
                    source.TrySetResult((PollEvents)(events & 0x1f));
            }
        }
    }
}
