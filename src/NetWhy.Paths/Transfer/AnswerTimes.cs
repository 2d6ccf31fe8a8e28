namespace NetWhy.Paths.Transfer;

/// <summary>Times that answers took.</summary>
internal sealed class AnswerTimes
{
    private const int Most = 20_000;

    private readonly List<TimeSpan> _times = [];

    /// <summary>Their mean without the slowest twentieth; null for none. Source: draft-ietf-ippm-responsiveness, section 4.3 (TMP).</summary>
    internal TimeSpan? TrimmedMean
    {
        get
        {
            TimeSpan[] times = [.. _times.Order()];
            times = times[..(times.Length - (times.Length / 20))];
            return times.Length == 0 ? null : TimeSpan.FromTicks((long)times.Average(time => time.Ticks));
        }
    }

    /// <summary>Adds one.</summary>
    /// <param name="time">How long it took.</param>
    internal void Add(TimeSpan time)
    {
        if (_times.Count < Most)
            _times.Add(time);
    }

    /// <summary>The time that a share of them kept; null for none.</summary>
    /// <param name="share">The share, 0 to 1.</param>
    internal TimeSpan? Percentile(double share) => _times.Count == 0 ? null : _times.Order().ElementAt((int)(share * (_times.Count - 1)));
}
