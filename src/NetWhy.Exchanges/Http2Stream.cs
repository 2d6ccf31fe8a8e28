namespace NetWhy.Exchanges;

/// <summary>One request of an <see cref="Http2Connection"/>, and how far its answer came.</summary>
public sealed class Http2Stream
{
    private Http2Window _window;

    internal Http2Stream(int id, IHttp2Receiver receiver, long sendWindow, int window)
    {
        (Id, Receiver, SendWindow) = (id, receiver, sendWindow);
        _window = new Http2Window(window);
    }

    /// <summary>Its number.</summary>
    public int Id { get; }

    /// <summary>Whether its answer is whole, or it was ended otherwise.</summary>
    public bool IsEnded { get; internal set; }

    /// <summary>Why it was ended from here, in words: its answer is none that HTTP/2 allows; null if it was not.</summary>
    public string? Refused { get; internal set; }

    /// <summary>Error with which it was ended before its answer was whole (RST_STREAM), by the peer or from here; null if it was not.</summary>
    public uint? ResetCode { get; internal set; }

    /// <summary>Who gets its answer.</summary>
    internal IHttp2Receiver Receiver { get; }

    /// <summary>Octets of its body that the peer takes; negative where it took its word back.</summary>
    internal long SendWindow { get; set; }

    /// <summary>Octets of the answer that we take.</summary>
    internal ref Http2Window Window => ref _window;

    /// <summary>Whether the answer's own fields came, behind those of interim answers.</summary>
    internal bool HasHead { get; set; }
}
