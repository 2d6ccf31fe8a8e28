namespace NetWhy.Paths;

/// <summary>How one hop is asked for many flows: as fast as its routers answer.</summary>
/// <remarks>
/// Linux answers six times at once, and then once a second (net.ipv4.icmp_ratelimit, for each one who asks); others are similar. What is
/// asked beyond that is lost, and costs nothing but time. A branch that answers nothing loses as much, but the same flows each time,
/// while others are answered at once: where a limit is, flows that got no answer get one later.
/// </remarks>
/// <param name="ttl">Hop limit.</param>
/// <param name="flows">For how many flows it is asked at first.</param>
internal sealed class FanAsking(int ttl, int flows)
{
    private const int FirstWindow = 5; // with the first flow, what Linux answers at once
    private const int MostWindow = 48;
    private const int MostTries = 3; // for one flow, where others are answered
    private const int MostTriesLimited = 6; // for one flow, where no flow was ever answered after a loss
    private const int FewRecovered = 4; // one flow in so many that is answered after a loss can be the loss of a link
    private const double Scarce = 0.2; // of what was sent is lost: more than links lose as a rule
    private const double Slower = 1.5;
    private const double Faster = 0.85;

    private static readonly TimeSpan FirstGap = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostGap = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan SilentGap = TimeSpan.FromMilliseconds(450); // who says one message a second is heard in three tries

    private readonly Dictionary<int, int> _tries = [];
    private readonly Dictionary<int, (int Times, int AnsweredBefore)> _lostOf = []; // of flows without an answer
    private int _recovered; // flows that were answered after a loss
    private bool _meetsSilence;
    private int _lost;
    private TimeSpan _gap;

    /// <summary>Hop limit.</summary>
    internal int Ttl { get; } = ttl;

    /// <summary>For how many flows it may be asked.</summary>
    internal int Flows { get; set; } = flows;

    /// <summary>How many flows have to be known there, because the hop behind it is read by them.</summary>
    internal int Attributed { get; set; }

    /// <summary>Probes sent, those of the first trace too.</summary>
    internal int Sent { get; set; }

    /// <summary>Probes sent since then.</summary>
    internal int Asks { get; private set; }

    /// <summary>Answers.</summary>
    internal int Answered { get; set; }

    /// <summary>Flows whose answers are waited for.</summary>
    internal HashSet<int> UnderWay { get; } = [];

    /// <summary>How many that may be.</summary>
    internal int Window { get; private set; } = FirstWindow;

    /// <summary>When it may be asked again.</summary>
    internal TimeSpan Due { get; private set; }

    /// <summary>Whether so many answers are missing that its routers seem to limit them.</summary>
    internal bool IsLimited => Answered > 0 && _lost > Scarce * (Sent - UnderWay.Count) && !_meetsSilence;

    /// <summary>Flows that were given up, while others are answered as soon as they are asked for.</summary>
    internal IEnumerable<int> SilentFlows => _lostOf.Keys.Where(IsSilent);

    /// <summary>Flows that were lost and not answered later.</summary>
    internal int Unanswered => _lostOf.Count;

    /// <summary>Whether a flow is one of <see cref="SilentFlows"/>.</summary>
    /// <param name="flow">The flow.</param>
    internal bool IsSilent(int flow) => _lostOf.TryGetValue(flow, out (int Times, int) lost) && lost.Times >= MostTries && Answered > 0 && !IsLimited;

    /// <summary>Whether answers are missing, and asking the same flows again has not told yet whether that is a limit.</summary>
    internal bool MayMeetSilence => Answered > 0 && _lostOf.Count > 0 && _recovered == 0 && !_meetsSilence;

    // Whether it is always the same flows that get no answer.
    private void Weigh() => _meetsSilence = _lostOf.Values.Count(flow => flow.Times >= MostTriesLimited || (flow.Times >= MostTries && Answered - flow.AnsweredBefore >= MostTries)) is > 0 and var silent
        && FewRecovered * _recovered < silent + (_recovered == 0 ? 1 : 0);

    /// <summary>How often a flow was asked for.</summary>
    /// <param name="flow">The flow.</param>
    internal int Tries(int flow) => _tries.GetValueOrDefault(flow);

    /// <summary>Whether it makes sense to ask for a flow once more.</summary>
    /// <param name="flow">The flow.</param>
    internal bool MayAsk(int flow) => !UnderWay.Contains(flow) && Tries(flow) < (Answered == 0 ? 1 : !IsLimited ? MostTries : _recovered == 0 ? MostTriesLimited : int.MaxValue);

    /// <summary>A probe left.</summary>
    /// <param name="flow">Its flow.</param>
    /// <param name="now">The time.</param>
    internal void Asked(int flow, TimeSpan now)
    {
        _tries[flow] = Tries(flow) + 1;
        (Sent, Asks) = (Sent + 1, Asks + 1);
        UnderWay.Add(flow);
        Due = now + (Answered > 0 ? _gap : SilentGap);
    }

    /// <summary>An answer came.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="wasLost">Whether it had been given up.</param>
    internal void Heard(int flow, bool wasLost)
    {
        if (Answered++ == 0)
            Due = TimeSpan.Zero;
        if (_lostOf.Remove(flow))
            _recovered++;
        Weigh();
        if (wasLost)
            _lost--;
        else
            UnderWay.Remove(flow);
        if (_gap > TimeSpan.Zero)
            _gap *= Faster;
        else
            Window = Math.Min(MostWindow, Window + 1);
    }

    /// <summary>Probes were given up.</summary>
    /// <param name="flows">Their flows.</param>
    /// <param name="now">The time.</param>
    internal void Lost(int[] flows, TimeSpan now)
    {
        _lost += flows.Length;
        UnderWay.ExceptWith(flows);
        foreach (int flow in flows)
            _lostOf[flow] = _lostOf.TryGetValue(flow, out (int Times, int AnsweredBefore) known) ? (known.Times + 1, known.AnsweredBefore) : (1, Answered);
        if (Answered == 0)
            return;
        Weigh();
        if (_meetsSilence)
        {
            (Window, _gap, Due) = (FirstWindow, TimeSpan.Zero, TimeSpan.Zero); // slower would show no more
            return;
        }

        Window = 1;
        _gap = _gap == TimeSpan.Zero ? FirstGap : Slower * _gap < MostGap ? Slower * _gap : MostGap;
        Due = now + _gap;
    }
}
