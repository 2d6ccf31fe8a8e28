using NetWhy.Linux;

namespace NetWhy.Tools.Dig;

/// <summary>Waits for one descriptor, until the user interrupts.</summary>
/// <param name="cancellation">Cancelled when the user does.</param>
internal sealed class DigWait(CancellationToken cancellation) : IDisposable
{
    private readonly DescriptorWait _wait = new();
    private readonly WaitedDescriptor[] _one = new WaitedDescriptor[1];
    private CancellationTokenRegistration _registration;
    private bool _isRegistered;

    /// <summary>Cancelled when the user interrupts.</summary>
    internal CancellationToken Cancellation => cancellation;

    /// <summary>Waits.</summary>
    /// <param name="descriptor">The descriptor.</param>
    /// <param name="events">What for.</param>
    /// <param name="timeout">How long; negative times are over.</param>
    /// <returns>Whether it is ready.</returns>
    /// <exception cref="OperationCanceledException">The user interrupts.</exception>
    internal bool For(int descriptor, PollEvents events, TimeSpan timeout)
    {
        if (!_isRegistered)
            _registration = cancellation.Register(_wait.Wake);
        _isRegistered = true;
        _one[0] = new WaitedDescriptor(descriptor, events);
        bool isReady = _wait.Wait(_one, timeout > TimeSpan.Zero ? timeout : TimeSpan.Zero);
        cancellation.ThrowIfCancellationRequested();
        return isReady;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registration.Dispose();
        _wait.Dispose();
    }
}
