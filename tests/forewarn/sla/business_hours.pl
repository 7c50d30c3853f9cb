# Answers of Perl's Business::Hours, a line per question on standard input:
#   hours NAME DAY START END [BREAK_START BREAK_END]   (DAY 0 is Sunday; times as HH:MM)
#   between NAME START END                             (seconds since 1970)
#   add NAME START SECONDS
use strict;
use warnings;
use Business::Hours;

my (%days, %made);

sub hours_of {
    my ($name) = @_;
    if (!$made{$name}) {
        $made{$name} = Business::Hours->new();
        $made{$name}->business_hours(%{ $days{$name} });
    }
    return $made{$name};
}

while (my $line = <STDIN>) {
    my ($what, $name, @rest) = split ' ', $line;
    if ($what eq 'hours') {
        my ($day, $start, $end, $from, $to) = @rest;
        $days{$name}{$_} //= { Name => "day $_", Start => undef, End => undef } for 0 .. 6;
        $days{$name}{$day} = { Name => "day $day", Start => $start, End => $end };
        $days{$name}{$day}{Breaks} = [ { Start => $from, End => $to } ] if defined $from;
    }
    elsif ($what eq 'between') {
        my $hours = hours_of($name);
        $hours->for_timespan(Start => $rest[0], End => $rest[1]);    # else the last question's
        print $hours->between(@rest), "\n";
    }
    else {
        print hours_of($name)->add_seconds(@rest), "\n";
    }
}
