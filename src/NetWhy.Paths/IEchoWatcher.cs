using NetWhy.Linux;

namespace NetWhy.Paths;

/// <summary>Hears what happens to echo requests, as it happens.</summary>
public interface IEchoWatcher
{
    /// <summary>A request was sent.</summary>
    void Sent();

    /// <summary>The next request is about to be sent, and the one before has no answer yet.</summary>
    /// <param name="sequence">Number of the one before.</param>
    void Unanswered(ushort sequence);

    /// <summary>A reply came.</summary>
    /// <param name="message">The reply, valid during the call.</param>
    /// <param name="roundTrip">Round trip in microseconds; null if it cannot be told.</param>
    /// <param name="standing">What it is beside the others.</param>
    /// <param name="altered">The first octet of the data that is not what was sent, counted from 0; null if there is none.</param>
    void Replied(EchoMessage message, long? roundTrip, EchoStanding standing, int? altered);

    /// <summary>A router told of a shorter way.</summary>
    /// <param name="message">The redirect, valid during the call.</param>
    void Redirected(EchoMessage message);

    /// <summary>An error about a request came.</summary>
    /// <param name="error">The error, of a router, a host or this machine.</param>
    /// <param name="sequence">Number of the request; null for an error of this machine, which does not say.</param>
    void Failed(QueuedError error, ushort? sequence);

    /// <summary>The kernel refused to send a request, and said no more than a number.</summary>
    /// <param name="sequence">Number of the request.</param>
    /// <param name="refusal">Why.</param>
    void Refused(ushort sequence, Errno refusal);

    /// <summary>Nothing is to be done at the moment: the place to look for wishes, such as one for a status line.</summary>
    void Idle();
}
